"""Forms of single values that settings and rules share: lengths of time, percentages, times of day."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from engine.durations import EXAMPLES, Duration
from engine.text import fold, latin_digits

_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)? ?%?\Z|\.[0-9]+ ?%\Z")
_FRACTION = re.compile(r"0?\.[0-9]+\Z")


def _duration(value: Any) -> Any:
    if value is None or isinstance(value, (str, Duration)):
        return Duration.parse(value) if isinstance(value, str) else value
    raise ValueError(f"{value!r} is not a duration; write {EXAMPLES}")


def none_or(value: Any) -> Any:
    """`none` and `off` switch a setting off."""
    return None if isinstance(value, str) and value.lower() in ("none", "off") else value


def _share(value: Any) -> Any:
    """`20%` becomes 20; a bare number is per cent too, unless it could be meant as a fraction."""
    text = fold(str(value)).strip().replace("٪", "%") if isinstance(value, (str, float)) else value
    if isinstance(text, str) and not text.endswith("%") and _FRACTION.match(text) and float(text):
        raise ValueError(
            f"{text} could mean {text}% or {Decimal(text).scaleb(2).normalize():f}%; write one of them"
        )
    if isinstance(text, str) and not _NUMBER.match(text):
        raise ValueError(f"{value!r} is not a percentage; write it like '10%'")
    return text.removesuffix("%").strip() if isinstance(text, str) else value


def _clock(value: Any) -> Any:
    """`9:00` becomes `09:00`; digits may be Persian."""
    form = re.fullmatch(r"(\d{1,2}):(\d{2})", latin_digits(value.strip())) if isinstance(value, str) else None
    if form is None or int(form[1]) > 23 or int(form[2]) > 59:
        raise ValueError(f"{value!r} is not a time of day; write it like '21:00'")
    return f"{int(form[1]):02}:{form[2]}"


#: Digits may be Persian or Arabic wherever people write numbers.
DIGIT = "[0-9۰-۹٠-٩]"
_UNITS = "|".join(
    "".join(f"[{letter}{letter.upper()}]" for letter in unit)
    for unit in ("second", "minute", "hour", "day", "week", "month", "year")
)
#: How a duration looks, for editors.
LENGTH_SCHEMA: dict[str, Any] = {
    "type": "string",
    "pattern": rf"^\s*{DIGIT}{{1,6}}\s*({_UNITS})[sS]?\s*$",
    "patternErrorMessage": f"a duration is written like {EXAMPLES}",
    "examples": ["30 days", "12 hours", "3 months"],
}
_PERCENT_SCHEMA: dict[str, Any] = {
    "type": ["string", "number"],
    "pattern": rf"^\s*[-+]?{DIGIT}*([.٫]{DIGIT}+)?\s*[%٪]?\s*$",
    "patternErrorMessage": "a share is written like '10%'",
    "minimum": 0,
    "maximum": 100,
    "not": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "examples": ["10%"],
}


def _whole(value: Any) -> Any:
    """`true` is 1 to a program, and a mistake of a person's."""
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} is not a number; write a whole one, like 50")
    return latin_digits(value) if isinstance(value, str) else value


Clock = Annotated[str, BeforeValidator(_clock)]
Whole = Annotated[int, BeforeValidator(_whole)]
Length = Annotated[Duration, BeforeValidator(_duration), WithJsonSchema(LENGTH_SCHEMA)]
Percent = Annotated[Decimal, BeforeValidator(_share), Field(ge=0, le=100), WithJsonSchema(_PERCENT_SCHEMA)]
