"""An attribute that the shop imported with its customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Name, total
from engine.rules.mentions import Mention, named
from engine.rules.ranges import Claim
from engine.rules.scope import Scope
from engine.rules.sources import customer
from engine.rules.value_test import ValueTest
from engine.store.types import note_text
from engine.text import isolated, nearest


@CONDITIONS.register("attribute")
class Attribute(ValueTest, Condition):
    """An attribute that came with the customers: any column of theirs that has no meaning of its own.

    The test decides how it is read: `at_least: 5` is for numbers, `is: large` for texts, `within: 30 days`
    for times.
    """

    key: ClassVar[str] = "attribute"
    example: ClassVar[str] = "attribute: {name: plan_size, at_least: 5}"

    name: Name

    @classmethod
    def spelled(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not any(nearest(key, ["name"]) for key in value):
            raise ValueError(f"an attribute is tested by its name, like `{cls.example}`")
        if not set(value) - {"name"}:
            raise ValueError("attribute needs a test beside its name, such as `is: large` or `exists: true`")
        return super().spelled(value)

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return total(self.passes(customer.c.attributes, self.name, scope))

    def english(self, scope: Scope) -> str:
        return f"attribute {isolated(self.name)} {self.words(scope)}"

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"own": note_text(customer.c.attributes, self.name)}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        if row["own"] is None:
            return f"no {isolated(self.name)} on record"
        return f"{isolated(self.name)} {isolated(row['own'])}"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        return self.said(f"attribute {self.name}", scope, holds)

    def mentions(self) -> Iterator[Mention]:
        yield from named("attribute", self.name)

    def hopeless(self, scope: Scope) -> bool:
        return self.empty(scope)
