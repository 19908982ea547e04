"""What the customer's own record says: country, city, language, time zone, source, e-mail domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from engine.countries import country_code
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import total
from engine.rules.scope import Scope
from engine.rules.sources import customer
from engine.rules.text_test import TextTest


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

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"own": customer.c[self.key]}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        called = self.called or self.key
        return f"{called} {row['own']}" if row["own"] is not None else f"no {called} on record"

    def hopeless(self, scope: Scope) -> bool:
        return self.empty()


@CONDITIONS.register("country")
class Country(_Profile):
    key: ClassVar[str] = "country"
    example: ClassVar[str] = "country: [GB, IE]"

    @classmethod
    def normal(cls, text: str) -> str:
        """A known country is kept as its code, whatever it was called; another one as it was given."""
        return country_code(text) or text


@CONDITIONS.register("city")
class City(_Profile):
    key: ClassVar[str] = "city"
    example: ClassVar[str] = "city: {starts_with: San}"


@CONDITIONS.register("language")
class Language(_Profile):
    key: ClassVar[str] = "language"
    example: ClassVar[str] = "language: fa"


@CONDITIONS.register("timezone")
class Timezone(_Profile):
    key: ClassVar[str] = "timezone"
    example: ClassVar[str] = "timezone: {starts_with: Europe/}"
    called: ClassVar[str] = "time zone"


@CONDITIONS.register("source")
class Source(_Profile):
    key: ClassVar[str] = "source"
    example: ClassVar[str] = "source: {is_not: newsletter}"


@CONDITIONS.register("email_domain")
class EmailDomain(_Profile):
    key: ClassVar[str] = "email_domain"
    example: ClassVar[str] = "email_domain: [example.com, example.org]"
    called: ClassVar[str] = "e-mail domain"

    @classmethod
    def normal(cls, text: str) -> str:
        return text.lower()
