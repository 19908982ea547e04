"""Durations and dates as marketers write them, and the calendar they are reckoned in."""

from __future__ import annotations

import calendar as gregorian
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from engine.errors import YoursToFix
from engine.text import latin_digits, nearest

_FIXED = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_MONTHS = {"month": 1, "year": 12}
_FORM = re.compile(r"(\d{1,6})\s*([a-z]+?)s?\Z", re.IGNORECASE)
#: Years that are Jalali where the brand's calendar is; all others are Gregorian.
JALALI_YEARS = range(1200, 1600)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z")
_MONTH_NAMES = {
    "gregorian": tuple(gregorian.month_name[1:]),
    "jalali": tuple(
        "Farvardin Ordibehesht Khordad Tir Mordad Shahrivar Mehr Aban Azar Dey Bahman Esfand".split()
    ),
}
EXAMPLES = "'30 days', '12 hours', '6 weeks', '3 months' or '1 year'"


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name. Raises YoursToFix for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = _nearest_zone(name)
        tail = f"did you mean {near!r}?" if near else "write it like 'Europe/London'"
        raise YoursToFix(f"{name!r} is not a time zone; {tail}") from None


def _nearest_zone(name: str) -> str | None:
    """`Tehran` means Asia/Tehran, and `Europe/Lodnon` is misspelt."""
    known = sorted(available_timezones())
    city = name.strip().replace(" ", "_").lower()
    return next((one for one in known if one.lower().rpartition("/")[2] == city), None) or nearest(
        name, known
    )


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: fixed seconds, or calendar months that need a calendar to be reckoned."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `30 days`. Raises ValueError with examples that work."""
        form = _FORM.match(latin_digits(text.strip()))
        unit = form.group(2).lower() if form else ""
        if form is None or (unit not in _FIXED and unit not in _MONTHS):
            raise ValueError(f"{text!r} is not a duration; write {EXAMPLES}")
        return cls(int(form.group(1)), unit)

    @property
    def seconds(self) -> int:
        """The length in seconds; a month counts 30 days here, for comparing lengths only."""
        return self.count * _FIXED.get(self.unit, _MONTHS.get(self.unit, 0) * 30 * 86_400)

    @property
    def months(self) -> int:
        """Calendar months, or 0 for a fixed length."""
        return self.count * _MONTHS.get(self.unit, 0)

    def times(self, factor: int) -> Duration:
        """The same length several times over, still one subtraction."""
        return Duration(self.count * factor, self.unit)

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


@dataclass(frozen=True)
class Calendar:
    """The brand's zone and calendar: every calendar bound is reckoned here, none in a database."""

    timezone: str = "UTC"
    kind: Literal["gregorian", "jalali"] = "gregorian"

    @cached_property
    def zone(self) -> ZoneInfo:
        return zone(self.timezone)

    def midnight(self, instant: datetime) -> datetime:
        """When the local day began that `instant` is in."""
        local = instant.astimezone(self.zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)

    def back(self, instant: datetime, length: Duration) -> datetime:
        """`length` before the instant."""
        return self._shift(instant, length, -1)

    def ahead(self, instant: datetime, length: Duration) -> datetime:
        """`length` after the instant."""
        return self._shift(instant, length, 1)

    def _shift(self, instant: datetime, length: Duration, sign: int) -> datetime:
        try:
            if not length.months:
                return instant + timedelta(seconds=sign * length.seconds)
            local = instant.astimezone(self.zone)
            moved = self._add_months(local.replace(tzinfo=None), sign * length.months)
            return moved.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        except (OverflowError, ValueError):
            return datetime(1, 1, 1, tzinfo=UTC) if sign < 0 else datetime(9999, 12, 31, tzinfo=UTC)

    def _add_months(self, local: datetime, months: int) -> datetime:
        if self.kind == "jalali":
            return _add_jalali_months(local, months)
        years, month = divmod(local.year * 12 + local.month - 1 + months, 12)
        last = gregorian.monthrange(years, month + 1)[1]
        return local.replace(year=years, month=month + 1, day=min(local.day, last))

    def date(self, text: str) -> datetime:
        """A day's midnight in this zone, or an ISO instant with an offset.

        A Jalali brand may name Gregorian days too: no year is of both calendars. Raises ValueError
        with an example that works.
        """
        text = latin_digits(str(text).strip())
        day = _DATE.match(text)
        if day and int(day[1]) in JALALI_YEARS and self.kind != "jalali":
            raise ValueError(f"{text!r} is a Jalali date; write '2026-03-21', or set brand.calendar: jalali")
        try:
            if day:
                return self._midnight(*(int(part) for part in day.groups()))
            instant = datetime.fromisoformat(text)
            instant = instant.astimezone(UTC) if instant.tzinfo else instant
        except (ValueError, OverflowError):
            instant = datetime.min
        if instant.tzinfo is None and ":" in text and instant != datetime.min:
            raise ValueError(
                f"{text!r} does not say in which zone; write '{text}Z' for UTC, or '{text}+03:30'"
            )
        if instant.tzinfo is None:
            example = "1405-09-30" if self.kind == "jalali" else "2026-03-21"
            raise ValueError(f"{text!r} is not a date; write {example!r} or '2026-03-21T10:00:00Z'")
        return instant

    def day_of_month(self, wall: datetime) -> int:
        """Which day of its month that local time is on, in this calendar."""
        return int(_jalali().JalaliDate(wall.date()).day) if self.kind == "jalali" else wall.day

    def named(self, instant: datetime) -> tuple[int, str, int]:
        """The local day of the month, the month's English name, and the year: 5, "Farvardin", 1405."""
        local = instant.astimezone(self.zone).date()
        day = _jalali().JalaliDate(local) if self.kind == "jalali" else local
        return int(day.day), _MONTH_NAMES[self.kind][day.month - 1], int(day.year)

    def show(self, instant: datetime) -> str:
        """The instant in this calendar and zone, `2026-03-21`, with `10:00` where it is not midnight."""
        try:
            local = instant.astimezone(self.zone)
            day = _jalali().JalaliDate(local.date()) if self.kind == "jalali" else local.date()
        except (OverflowError, ValueError):
            return "the beginning of time" if instant.year < 1000 else "the end of time"
        seconds = "%H:%M:%S" if local.second or local.microsecond else "%H:%M"
        return f"{day.isoformat()}" + (f" {local:{seconds}}" if local.time() != time.min else "")

    def _midnight(self, year: int, month: int, day: int) -> datetime:
        if year in JALALI_YEARS:
            first = _jalali().JalaliDate(year, month, day).to_gregorian()
            year, month, day = first.year, first.month, first.day
        return datetime(year, month, day, tzinfo=self.zone).astimezone(UTC)


def _jalali() -> Any:
    """persiantools, which is loaded only where the calendar asks for it."""
    import persiantools.jdatetime as jalali

    return jalali


def _add_jalali_months(local: datetime, months: int) -> datetime:
    dates = _jalali().JalaliDate
    today = dates(local.date())
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    day = min(today.day, dates.days_in_month(month + 1, year))
    moved = dates(year, month + 1, day).to_gregorian()
    return local.replace(year=moved.year, month=moved.month, day=moved.day)
