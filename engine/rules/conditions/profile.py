"""What the customer's own record says: country, city, language, time zone, source, e-mail domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from engine.countries import country_code
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import total
from engine.rules.mentions import Mention, of_test
from engine.rules.ranges import Claim, claim
from engine.rules.scope import Scope
from engine.rules.sources import customer
from engine.rules.text_test import TextTest
from engine.text import isolated


class _Profile(TextTest, Condition):
    """A text test on one column of the customer."""

    called: ClassVar[str] = ""

    @classmethod
    def normal(cls, text: str) -> str:
        """The text in the form that the column keeps."""
        return text

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return total(self.mapped(self.normal).passes(customer.c[self.key]))

    def english(self, scope: Scope) -> str:
        return f"{self.called or self.key} {self.mapped(self.normal).words()}"

    def denied(self, scope: Scope) -> str:
        if set(self.given()) - {"is", "in"}:
            return super().denied(scope)
        return self.english(scope).replace(" is ", " is not ", 1)

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"own": customer.c[self.key]}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        called = self.called or self.key
        return f"{called} {isolated(row['own'])}" if row["own"] is not None else f"no {called} on record"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        test = self.mapped(self.normal)
        if holds or not test.loose:
            yield claim(self.key, test.range(), holds)

    def mentions(self) -> Iterator[Mention]:
        yield from of_test(self.key, self, self.normal)

    def hopeless(self, scope: Scope) -> bool:
        return self.empty()


@CONDITIONS.register("country")
class Country(_Profile):
    """Where they live: the country's code, or its name. Codes are compared in capitals, and UK is GB."""

    key: ClassVar[str] = "country"
    example: ClassVar[str] = "country: [GB, IE]"

    @classmethod
    def normal(cls, text: str) -> str:
        """A known country is kept as its code, whatever it was called; another one as it was given."""
        return country_code(text) or text


@CONDITIONS.register("city")
class City(_Profile):
    """The city on the customer's record."""

    key: ClassVar[str] = "city"
    example: ClassVar[str] = "city: {starts_with: San}"


@CONDITIONS.register("language")
class Language(_Profile):
    """The language on the customer's record, such as `en` or `fa`."""

    key: ClassVar[str] = "language"
    example: ClassVar[str] = "language: fa"


@CONDITIONS.register("timezone")
class Timezone(_Profile):
    """The time zone on the customer's record, such as Europe/London."""

    key: ClassVar[str] = "timezone"
    example: ClassVar[str] = "timezone: {starts_with: Europe/}"
    called: ClassVar[str] = "time zone"


@CONDITIONS.register("source")
class Source(_Profile):
    """Where the customer came from, as the shop noted it."""

    key: ClassVar[str] = "source"
    example: ClassVar[str] = "source: {is_not: newsletter}"


@CONDITIONS.register("email_domain")
class EmailDomain(_Profile):
    """What stands behind the @ of the e-mail address, in small letters."""

    key: ClassVar[str] = "email_domain"
    example: ClassVar[str] = "email_domain: [example.com, example.org]"
    called: ClassVar[str] = "e-mail domain"

    @classmethod
    def normal(cls, text: str) -> str:
        return text.lower()
