"""All, any, none and everyone: how conditions are put together."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import GetJsonSchemaHandler, ValidatorFunctionWrapHandler, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from sqlalchemy import ColumnElement, and_, not_, or_, true

from engine.rules.condition import CONDITIONS, Clause, Condition
from engine.rules.forms import DEFINED
from engine.rules.scope import Scope


class _Several(Condition):
    """A list of conditions."""

    parts: tuple[Clause, ...]

    @classmethod
    def spelled(cls, value: Any) -> Any:
        if isinstance(value, dict):
            if len(value) > 1 and cls.key != "all":
                raise ValueError(f"{cls.key} takes a list: put each condition on its own line with a dash")
            value = [value]
        if isinstance(value, list) and not value:
            raise ValueError(f"{cls.key} needs at least one condition")
        return {"parts": value}

    @field_validator("parts", mode="wrap")
    @classmethod
    def _placed(cls, value: Any, read: ValidatorFunctionWrapHandler) -> tuple[Condition, ...]:
        """Each part remembers its number in the list."""
        parts: tuple[Condition, ...] = read(value)
        for number, (written, part) in enumerate(zip(value, parts, strict=True)):
            if not isinstance(written, Condition):
                part._steps = (number, *part._steps)
        return parts

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {DEFINED: "conditions"}

    @property
    def inner(self) -> tuple[Condition, ...]:
        return self.parts

    def _told(self, scope: Scope, word: str) -> str:
        told = [part.english(scope) for part in self.parts]
        return told[0] if len(told) == 1 else "(" + f" {word} ".join(told) + ")"


@CONDITIONS.register("all")
class All(_Several):
    """Every one of the conditions below holds."""

    key: ClassVar[str] = "all"
    joins: ClassVar[Literal["", "all", "any", "none"]] = "all"
    example: ClassVar[str] = "all:\n  - country: GB\n  - orders: {count: {at_least: 2}}"

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return and_(*(part.sql(scope) for part in self.parts))

    def english(self, scope: Scope) -> str:
        return self._told(scope, "and")

    def hopeless(self, scope: Scope) -> bool:
        return any(part.hopeless(scope) for part in self.parts)


@CONDITIONS.register("any")
class Any_(_Several):
    """At least one of the conditions below holds."""

    key: ClassVar[str] = "any"
    joins: ClassVar[Literal["", "all", "any", "none"]] = "any"
    example: ClassVar[str] = "any:\n  - country: GB\n  - country: IE"

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return or_(*(part.sql(scope) for part in self.parts))

    def english(self, scope: Scope) -> str:
        return self._told(scope, "or")

    def hopeless(self, scope: Scope) -> bool:
        return all(part.hopeless(scope) for part in self.parts)


@CONDITIONS.register("none")
class None_(_Several):
    """Not one of the conditions below holds."""

    key: ClassVar[str] = "none"
    joins: ClassVar[Literal["", "all", "any", "none"]] = "none"
    example: ClassVar[str] = "none:\n  - country: GB"

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return not_(or_(*(part.sql(scope) for part in self.parts)))

    def english(self, scope: Scope) -> str:
        return "not " + self._told(scope, "or")


@CONDITIONS.register("everyone")
class Everyone(Condition):
    """Everybody there is."""

    key: ClassVar[str] = "everyone"
    joins: ClassVar[Literal["", "all", "any", "none"]] = "all"  # of nothing
    example: ClassVar[str] = "everyone: true"

    holds: Literal[True]

    @classmethod
    def spelled(cls, value: Any) -> Any:
        if value is not True:
            raise ValueError("everyone can only be true")
        return {"holds": value}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"const": True}

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return true()

    def english(self, scope: Scope) -> str:
        return "everyone"
