"""Forms of single values that settings and rules share: lengths of time, percentages, times of day."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from engine.countries import country_code
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


def none_is_empty(value: Any) -> Any:
    """A list that is switched off holds nothing."""
    return () if none_or(value) is None else value


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


def _line(value: str) -> str:
    """What ends in the head of a message; a line more there would be a header more."""
    if re.search(r"[\x00-\x1f\x7f\u2028\u2029]", value):
        raise ValueError(f"{value!r} must stand on one line, without control characters")
    return value


def _mailboxes(value: str) -> str:
    if value and not re.search(r"[^\s@<>]+@[^\s@<>]+\Z", value.strip().removesuffix(">")):
        raise ValueError(
            f"{value!r} is no address; write 'hello@shop.example' or 'The Shop <hello@shop.example>'"
        )
    return value


def _tag(value: str) -> str:
    """`fa_IR`, as some write it, is `fa-IR`."""
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", value):
        raise ValueError(f"{value!r} is not a language; write its code, as in 'en', 'fa' or 'pt-BR'")
    return value.replace("_", "-")


def _country(value: str) -> str:
    code = country_code(value) if value else ""
    if code is None:
        raise ValueError(f"{value!r} is not a country; write its two letters, as in 'GB' or 'IR'")
    return code


def _site(value: str) -> str:
    """Whatever stands in it stands in every letter, and behind it comes the path of a link."""
    try:
        parts = urlsplit(value)
        host = parts.hostname if parts.port != 0 and parts.username is None else None
    except ValueError:
        host = None
    web = host and value.startswith(("http://", "https://"))
    if not web or not re.fullmatch(r"[^\s<>\"'\\^`{|}?#\x00-\x1f\x7f]+", value):
        raise ValueError(f"public_url cannot be {value!r}; write it like 'https://shop.example.com'")
    return value


def within(shortest: str, longest: str) -> AfterValidator:
    """Lengths from one to the other."""
    low, high = Duration.parse(shortest), Duration.parse(longest)

    def fits(value: Duration | None) -> Duration | None:
        if value is not None and not low.seconds <= value.seconds <= high.seconds:
            raise ValueError(f"{str(value)!r} does not do; write a length from {low} to {high}")
        return value

    return AfterValidator(fits)


Clock = Annotated[str, BeforeValidator(_clock)]
Line = Annotated[str, AfterValidator(_line)]
Mailbox = Annotated[str, AfterValidator(_line), AfterValidator(_mailboxes)]
LanguageTag = Annotated[str, AfterValidator(_tag)]
Country = Annotated[str, AfterValidator(_country)]
Site = Annotated[str, AfterValidator(_site)]
Whole = Annotated[int, BeforeValidator(_whole)]
Length = Annotated[Duration, BeforeValidator(_duration), WithJsonSchema(LENGTH_SCHEMA)]
Percent = Annotated[Decimal, BeforeValidator(_share), Field(ge=0, le=100), WithJsonSchema(_PERCENT_SCHEMA)]
