"""What all forms of a rule share: strict keys, spelled-out shorthands, and plain values read kindly."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from sqlalchemy import ColumnElement, false, func

from engine.durations import Calendar, Duration
from engine.text import fold
from engine.values import DIGIT, LENGTH_SCHEMA

T = TypeVar("T")
#: In a JSON Schema: what stands there is defined in `schema.py` under that name.
DEFINED = "x-defined"


@dataclass(frozen=True)
class Reading:
    """What reading a rule needs to know: how the brand writes dates and money, and whose rule it is.

    `campaign` is the name that `campaign: this` means; empty where the rule is no campaign's.
    """

    calendar: Calendar = field(default_factory=Calendar)
    currency: str = "EUR"
    campaign: str = ""


def reading(info: ValidationInfo) -> Reading:
    """The reading that a validation was started with."""
    found = (info.context or {}).get("reading")
    return found if isinstance(found, Reading) else Reading()


class Form(BaseModel):
    """A mapping of known keys, with shorthands that are spelled out before it is looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @classmethod
    def spelled(cls, value: Any) -> Any:
        """The value with its shorthand spelled out as a mapping."""
        return value

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        """The JSON Schemas of the shorthands that `spelled` takes."""
        return []

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, value: Any) -> Any:
        return value if isinstance(value, cls) else cls.spelled(value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(core_schema)
        full = handler.resolve_ref_schema(found)
        short = cls.shorthands()
        if short and "anyOf" not in full:
            spelled_out = dict(full)
            full.clear()
            full["anyOf"] = [*short, spelled_out]
        return found

    def given(self) -> dict[str, Any]:
        """The keys that were written, as they are written, with their values."""
        names = type(self).model_fields
        return {(names[n].alias or n): getattr(self, n) for n in names if n in self.model_fields_set}


def total(predicate: ColumnElement[Any]) -> ColumnElement[bool]:
    """True or false, never NULL."""
    return func.coalesce(predicate, false())


def _filled(value: Any) -> Any:
    if value is None:
        raise ValueError("nothing stands here; give it a value or take the key away")
    return value


#: A key that may be left out, but not left empty.
Given = Annotated[T | None, BeforeValidator(_filled)]


_COMPARED = re.compile(r"(>=|<=|>|<)\s*([\d.]+)\Z")
_MEANT = {
    ">=": "at_least",
    "≥": "at_least",
    "<=": "at_most",
    "≤": "at_most",
    ">": "more_than",
    "<": "less_than",
}
_DECIMAL_COMMA = re.compile(r"-?\d+,\d{1,2}\Z")


def _in_words(value: object) -> str:
    """How the number was probably meant."""
    written = str(value).strip()
    compared = _COMPARED.match(written)
    if compared:
        return f"write {{{_MEANT[compared[1]]}: {compared[2]}}}"
    if _DECIMAL_COMMA.match(written):
        return f"its decimals come after a point, as in {written.replace(',', '.')}"
    return "write it like 3, 2.5 or 1000"


def number(value: Any) -> Decimal:
    """A number as written, exactly. Persian digits are digits. Raises ValueError."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("this must be a number like 3 or 2.5")
    try:
        exact = Decimal(fold(str(value)).strip().replace("\u2212", "-"))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number; {_in_words(value)}") from None
    if not exact.is_finite() or abs(exact) >= 2**53:
        raise ValueError(f"{value!r} is too large a number")
    return exact


def text(value: Any) -> str:
    """A text; a whole number counts as one, because ids often look like that. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(f"{_shown(value)} must be a text; write it in quotes if it is one")
    if value == "":
        raise ValueError("an empty text matches nothing; use `exists: false` for a missing value")
    return str(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "this" if value is None or isinstance(value, (dict, list)) else repr(value)


def attribute_name(value: Any) -> str:
    """A text that can name an attribute or a property. Raises ValueError."""
    name = text(value)
    if '"' in name or "\\" in name:
        raise ValueError("the name of an attribute or property cannot hold a quotation mark or a backslash")
    return name


def length(value: Any) -> Duration:
    """A duration. Raises ValueError with examples."""
    if isinstance(value, Duration):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} must be a duration like '30 days' or '3 months'")
    return Duration.parse(value)


def share_of(values: Any, name: str) -> Any:
    """A list that must not be empty, or a single value as a list of one."""
    listed = list(values) if isinstance(values, (list, tuple)) else [values]
    if not listed:
        raise ValueError(f"{name} needs at least one value")
    return listed


def _when(value: Any, info: ValidationInfo) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f"{_shown(value)} must be a date like '2026-03-21'")
    return reading(info).calendar.date(str(value))


def _currency(value: Any) -> str:
    if not isinstance(value, str) or not (len(value) == 3 and value.isascii() and value.isalpha()):
        raise ValueError(f"{_shown(value)} is not a currency; write it like EUR")
    return value.upper()


_NUMBER: JsonSchemaValue = {
    "type": ["number", "string"],
    "pattern": rf"^\s*[-+−]?({DIGIT}[0-9۰-۹٠-٩_]*[.٫]?{DIGIT}*|[.٫]{DIGIT}+)([eE][-+−]?{DIGIT}+)?\s*$",
    "patternErrorMessage": "a number is written like 3, 2.5 or 1000",
}
_WORDS: JsonSchemaValue = {"type": ["string", "integer"], "minLength": 1}
_DATE: JsonSchemaValue = {
    "type": "string",
    "pattern": rf"^\s*{DIGIT}{{4}}-(({DIGIT}{{1,2}}-{DIGIT}{{1,2}})|.*([Zz]|[-+][0-9۰-۹٠-٩:.]+))\s*$",
    "patternErrorMessage": "a date is written like 2026-03-21 or 2026-03-21T10:00:00Z",
    "examples": ["2026-03-21", "2026-03-21T10:00:00Z"],
}
_NAME: JsonSchemaValue = {"type": ["string", "integer"], "pattern": r'^[^"\\]+$'}
_CURRENCY: JsonSchemaValue = {"type": "string", "pattern": "^[A-Za-z]{3}$"}

Number = Annotated[Decimal, BeforeValidator(number), WithJsonSchema(_NUMBER)]
Words = Annotated[str, BeforeValidator(text), WithJsonSchema(_WORDS)]
Name = Annotated[str, BeforeValidator(attribute_name), WithJsonSchema(_NAME)]
Length = Annotated[Duration, BeforeValidator(length), WithJsonSchema(LENGTH_SCHEMA)]
When = Annotated[datetime, BeforeValidator(_when), WithJsonSchema(_DATE)]
Currency = Annotated[str, BeforeValidator(_currency), WithJsonSchema(_CURRENCY)]
#: What may stand for a form by itself, and as parts of one.
LEAVES: dict[str, JsonSchemaValue] = {
    "number": _NUMBER,
    "text": _WORDS,
    "duration": LENGTH_SCHEMA,
    "date": _DATE,
}
