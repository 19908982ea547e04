"""Segments: conditions that have a name of their own."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from sqlalchemy import ColumnElement

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.scope import Scope


@CONDITIONS.register("segment")
class Segment(Condition):
    """Whoever is in the segment of that name."""

    key: ClassVar[str] = "segment"
    joins: ClassVar[Literal["", "all", "any", "none"]] = "all"
    example: ClassVar[str] = "segment: staff"

    name: str

    @classmethod
    def spelled(cls, value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError("segment takes the name of one segment")
        return {"name": value}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string"}

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        condition, inside = scope.into(self.name)
        return condition.sql(inside)

    def english(self, scope: Scope) -> str:
        return f"in segment {self.name}"

    def denied(self, scope: Scope) -> str:
        return f"not in segment {self.name}"

    def hopeless(self, scope: Scope) -> bool:
        condition, inside = scope.into(self.name)
        return condition.hopeless(inside)

    def unfolded(self, scope: Scope) -> tuple[tuple[Condition, Scope], ...]:
        return (scope.into(self.name),)

    def references(self) -> set[str]:
        return {self.name}
