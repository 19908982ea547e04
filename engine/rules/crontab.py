"""Crontab lines as timetables, with cron's own meaning where APScheduler's differs.

Day 0 and 7 of the week are Sunday (APScheduler says Monday), and where days of the month and of
the week are both given, either will do (APScheduler wants both).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.rules.timetable import Cron, Timetable, ever, together
from engine.text import did_you_mean

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
#: Of each field: its name for people, its lowest and highest number, and the names of its numbers in order.
FIELDS: dict[str, tuple[str, int, int, Sequence[str]]] = {
    "minute": ("the minute", 0, 59, ()),
    "hour": ("the hour", 0, 23, ()),
    "day": ("the day of the month", 1, 31, ()),
    "month": ("the month", 1, 12, MONTHS),
    "day_of_week": ("the day of the week", 0, 7, DAYS),
}
#: How long each month can be: 30 February is looked for until the end of time.
_LONGEST = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(r"(?:(?P<all>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,4}))?\Z")


def timetable(text: str) -> Timetable:
    """What a line of five fields, or a macro such as `@daily`, means. Raises ValueError."""
    fields = MACROS.get(text, text).split()
    if text.startswith("@") and text not in MACROS:
        raise ValueError(f"{text!r} is not a crontab word ({did_you_mean(text, MACROS)})")
    if len(fields) != len(FIELDS):
        what = "fields" if len(fields) != 1 else "field"
        raise ValueError(
            f"a crontab line has five fields (minute, hour, day, month, day of week), and {text!r} has "
            f"{len(fields)} {what}"
        )
    numbers = {name: _numbers(name, field) for name, field in zip(FIELDS, fields, strict=True)}
    tables = _crons(numbers, either=not any(f.startswith("*") for f in (fields[2], fields[4])))
    if not tables or not ever(together(tables)):
        raise ValueError(f"{text!r} never comes: there is no such day")
    return together(tables)


def _crons(numbers: dict[str, list[int]], either: bool) -> list[Timetable]:
    is_day = any(day <= _LONGEST[month] for day in numbers["day"] for month in numbers["month"])
    week = {number % 7 for number in numbers.pop("day_of_week")}
    fields = {name: _field(name, those) for name, those in numbers.items()}
    days = "*" if len(week) == 7 else ",".join(DAYS[number] for number in sorted(week))
    if either:
        by_week = Cron.of(**{**fields, "day": "*"}, day_of_week=days)
        return [Cron.of(**fields), by_week] if is_day else [by_week]
    return [Cron.of(**fields, day_of_week=days)] if is_day else []


def _field(name: str, numbers: list[int]) -> str:
    _, low, high, _ = FIELDS[name]
    return "*" if len(numbers) == high - low + 1 else ",".join(map(str, numbers))


def _numbers(name: str, field: str) -> list[int]:
    """Every number that the field stands for."""
    found: set[int] = set()
    for part in field.split(","):
        found.update(_part(name, field, part))
    return sorted(found)


def _part(name: str, field: str, part: str) -> range:
    what, low, high, _ = FIELDS[name]
    form = _PART.match(part)
    if form is None:
        raise ValueError(f"{what} cannot be {field!r}; write a number, 1-5, 1,3,5, */2 or *")
    step = int(form["step"] or 1)
    if step < 1 or step > high:
        raise ValueError(f"{what} cannot go in steps of {step}")
    if form["all"]:
        return range(low, (6 if name == "day_of_week" else high) + 1, step)
    first = _number(name, form["first"])
    last = _number(name, form["last"]) if form["last"] else (high if form["step"] else first)
    if name == "day_of_week" and last < first:
        last += 7  # fri-mon goes round the end of the week
    if last < first:
        raise ValueError(f"{what} goes backwards in {field!r}")
    return range(first, last + 1, step)


def _number(name: str, word: str) -> int:
    what, low, high, names = FIELDS[name]
    if word.isdecimal():
        if len(word) > 4 or not low <= int(word) <= high:
            raise ValueError(f"{what} goes from {low} to {high}, and {word} is outside")
        return int(word)
    if word.lower() not in names:
        hint = f" ({did_you_mean(word, names)})" if names else ""
        raise ValueError(f"{what} cannot be {word!r}{hint}")
    return names.index(word.lower()) + low
