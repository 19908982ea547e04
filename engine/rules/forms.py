"""The forms that conditions share: number, text and time tests. See docs/rules.md, Shared forms."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator

F = TypeVar("F", bound="Form")


class Form(BaseModel):
    """A mapping of known keys, with shorthands that are spelled out before it is looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @classmethod
    def spelled(cls, value: Any) -> Any:
        """The value with its shorthand spelled out as a mapping."""
        return value

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, value: Any, info: ValidationInfo) -> Any:
        return value if isinstance(value, cls) else cls.spelled(value)
