"""Durations, dates and months, in the Gregorian and the Jalali calendar."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.reference.shop import Brand
from tests.reference.texts import normal

FIXED = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400}
MONTHS = {"month": 1, "year": 12}
TICK = timedelta(milliseconds=1)


def length(text: str) -> tuple[int, str]:
    """`30 days` as 30 and `day`."""
    form = re.fullmatch(r"([0-9]+) *([a-z]+?)s?", normal(text))
    assert form, text
    return int(form[1]), form[2]


@lru_cache(maxsize=4096)
def shift(instant: datetime, text: str, times: int, brand: Brand) -> datetime:
    """The instant `times` that duration later; earlier where it is negative."""
    count, unit = length(text)
    if unit in FIXED:
        return instant + timedelta(seconds=times * count * FIXED[unit])
    local = instant.astimezone(ZoneInfo(brand.timezone)).replace(tzinfo=None)
    day = add_months(local.date(), times * count * MONTHS[unit], brand.calendar)
    return wall(datetime.combine(day, local.time()), brand.timezone)


def wall(local: datetime, timezone: str) -> datetime:
    """The instant of a wall time: the first of two, and a skipped one by the offset before the change."""
    return local.replace(tzinfo=ZoneInfo(timezone), fold=0).astimezone(UTC)


@lru_cache(maxsize=4096)
def a_date(text: str, brand: Brand) -> datetime:
    """A date's midnight at the brand's, or an instant with an offset. No year is of both calendars."""
    text = normal(text)
    form = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text)
    if form is None:
        return datetime.fromisoformat(text).astimezone(UTC)
    parts = int(form[1]), int(form[2]), int(form[3])
    jalali = brand.calendar == "jalali" and parts[0] < 1700
    day = from_jalali(*parts) if jalali else date(*parts)
    return wall(datetime.combine(day, datetime.min.time()), brand.timezone)


def add_months(day: date, months: int, kind: str) -> date:
    """So many months later; a day that the month has not becomes its last."""
    year, month, number = parts_of(day, kind)
    year, month = divmod(year * 12 + month - 1 + months, 12)
    return a_day(year, month + 1, min(number, days_in(year, month + 1, kind)), kind)


def parts_of(day: date, kind: str) -> tuple[int, int, int]:
    """Year, month and day in that calendar."""
    return to_jalali(day) if kind == "jalali" else (day.year, day.month, day.day)


def a_day(year: int, month: int, number: int, kind: str) -> date:
    return from_jalali(year, month, number) if kind == "jalali" else date(year, month, number)


def days_in(year: int, month: int, kind: str) -> int:
    if kind != "jalali":
        return calendar.monthrange(year, month)[1]
    if month <= 6:
        return 31
    return 30 if month < 12 or nowruz(year + 1) - nowruz(year) == timedelta(366) else 29


@lru_cache(maxsize=1024)
def nowruz(year: int) -> date:
    """The first of Farvardin: years come in 33s, of which eight are leap. It holds from 1244 to 1503."""
    # 1 Farvardin 1375 was 20 March 1996; a year has 365 days, and 8 years of 33 have one more.
    leaps = sum(_is_leap(one) for one in range(1375, year)) - sum(_is_leap(one) for one in range(year, 1375))
    return date(1996, 3, 20) + timedelta(days=365 * (year - 1375) + leaps)


def _is_leap(year: int) -> bool:
    return year % 33 in (1, 5, 9, 13, 17, 22, 26, 30)


def from_jalali(year: int, month: int, number: int) -> date:
    before = 31 * (month - 1) if month <= 7 else 186 + 30 * (month - 7)
    return nowruz(year) + timedelta(days=before + number - 1)


def to_jalali(day: date) -> tuple[int, int, int]:
    year = day.year - 621 if day >= nowruz(day.year - 621) else day.year - 622
    since = (day - nowruz(year)).days
    if since < 186:
        return year, since // 31 + 1, since % 31 + 1
    return year, (since - 186) // 30 + 7, (since - 186) % 30 + 1
