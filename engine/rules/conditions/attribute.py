"""An attribute that the shop imported with its customers."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Name, total
from engine.rules.scope import Scope
from engine.rules.sources import customer
from engine.rules.value_test import ValueTest
from engine.text import nearest


@CONDITIONS.register("attribute")
class Attribute(ValueTest, Condition):
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
        return f"attribute {self.name} {self.words(scope)}"

    def hopeless(self, scope: Scope) -> bool:
        return self.empty(scope)
