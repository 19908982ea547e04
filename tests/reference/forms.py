"""The shared forms: tests on a number, a text, a time, and on a value whose type the test decides."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.reference.calendars import a_date, shift, wall
from tests.reference.shop import Brand
from tests.reference.texts import normal

TIMES = ("within", "older_than", "ago", "in_next", "before", "after")
NUMBERS = ("at_least", "at_most", "more_than", "less_than", "between")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?", re.ASCII)


@dataclass(frozen=True)
class Moment:
    """The one instant of an evaluation, at a brand."""

    as_of: datetime
    brand: Brand

    def back(self, length: str, times: int = 1) -> datetime:
        return shift(self.as_of, length, -times, self.brand)

    def ahead(self, length: str) -> datetime:
        return shift(self.as_of, length, 1, self.brand)


def a_number(value: Any) -> Fraction:
    """A number as written, exactly."""
    return Fraction(normal(str(value)))


def number_passes(test: Any, value: Fraction | int | None) -> bool:
    """A missing number passes nothing."""
    if value is None:
        return False
    if not isinstance(test, dict):
        return bool(value == a_number(test))
    return all(_number(key, bound, value) for key, bound in test.items())


def _number(key: str, bound: Any, value: Fraction | int) -> bool:
    if key == "between":
        return a_number(bound[0]) <= value <= a_number(bound[1])
    return compared(key, value, a_number(bound))


def compared(key: str, value: Any, bound: Any) -> bool:
    """One comparison by its name."""
    found: dict[str, bool] = {
        "is": value == bound,
        "is_not": value != bound,
        "at_least": value >= bound,
        "at_most": value <= bound,
        "more_than": value > bound,
        "less_than": value < bound,
    }
    return found[key]


def text_passes(test: Any, value: str | None, clean: Callable[[str], str] = normal) -> bool:
    """A missing text meets only `exists: false`."""
    if isinstance(test, list):
        test = {"in": test}
    elif not isinstance(test, dict):
        test = {"is": test}
    return all(
        _text(key, bound, None if value is None else clean(value), clean) for key, bound in test.items()
    )


def _text(key: str, bound: Any, value: str | None, clean: Callable[[str], str]) -> bool:
    if key == "exists":
        return (value is not None) is bound
    if value is None:
        return False
    if key in ("in", "not_in"):
        return (value in [clean(str(one)) for one in bound]) == (key == "in")
    wanted = clean(str(bound))
    return {
        "is": value == wanted,
        "is_not": value != wanted,
        "contains": wanted in value,
        "starts_with": value.startswith(wanted),
        "ends_with": value.endswith(wanted),
    }[key]


def time_passes(test: dict[str, Any], time: datetime | None, moment: Moment) -> bool:
    """A missing time meets only `never: true`."""
    return all(_time(key, bound, time, moment) for key, bound in test.items())


def _time(key: str, bound: Any, time: datetime | None, moment: Moment) -> bool:
    if time is None or key == "never":
        return time is None and key == "never"
    as_of = moment.as_of
    if key == "within":
        return moment.back(bound) <= time < as_of
    if key == "older_than":
        return time < moment.back(bound)
    if key == "ago":
        return time < as_of and _age(bound, time, moment)
    if key == "in_next":
        return as_of <= time < moment.ahead(bound)
    if key == "before":
        return time < a_date(str(bound), moment.brand)
    return key == "ever" or time >= a_date(str(bound), moment.brand)


_TURNED = {
    "is": "is",
    "is_not": "is_not",
    "at_least": "at_most",
    "at_most": "at_least",
    "more_than": "less_than",
    "less_than": "more_than",
}


def _age(test: Any, time: datetime, moment: Moment) -> bool:
    """An age of at least so much is a time no later than that long ago."""
    if not isinstance(test, dict):
        test = {"is": test}
    return all(
        moment.back(bound[1]) <= time <= moment.back(bound[0])
        if key == "between"
        else compared(_TURNED[key], time, moment.back(bound))
        for key, bound in test.items()
    )


def window(fields: dict[str, Any]) -> dict[str, Any]:
    """The time keys of an aggregate."""
    return {key: bound for key, bound in fields.items() if key in TIMES}


def value_passes(test: Any, text: str | None, moment: Moment) -> bool:
    """A noted value, read as each key wants it."""
    if isinstance(test, list):
        test = {"in": test}
    elif not isinstance(test, dict):
        test = {"is": test}
    return all(_value(key, bound, text, moment) for key, bound in test.items())


def _value(key: str, bound: Any, text: str | None, moment: Moment) -> bool:
    if key in (*TIMES, "ever", "never"):
        return _time(key, bound, as_instant(text, moment.brand), moment)
    if key in NUMBERS:
        return number_passes({key: bound}, as_number(text))
    if key in ("is", "is_not") and _is_number(bound):
        return number_passes({key: bound}, as_number(text))
    if key in ("in", "not_in") and all(_is_number(one) for one in bound):
        read = as_number(text)
        return read is not None and (read in [a_number(one) for one in bound]) == (key == "in")
    return text_passes({key: bound if key == "exists" else _spelled(bound)}, text)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _spelled(bound: Any) -> Any:
    """`true` as it stands in a file."""
    if isinstance(bound, list):
        return [_spelled(one) for one in bound]
    return str(bound).lower() if isinstance(bound, bool) else bound


def as_number(text: str | None) -> Fraction | None:
    """The value as a number, None where it is none."""
    read = None if text is None else _NUMBER.fullmatch(normal(text))
    return Fraction(read[0]) if read else None


def as_instant(text: str | None, brand: Brand) -> datetime | None:
    """The value as an instant, None where it is none; without an offset it is the brand's local time."""
    if text is None or not _INSTANT.fullmatch(normal(text)):
        return None
    try:
        if len(text) == 10:
            return a_date(text, brand)
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return wall(read, brand.timezone) if read.tzinfo is None else read
