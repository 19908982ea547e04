"""Which birthdays fall on which days, in the brand's calendar and in the customers' own time zones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from engine.durations import Calendar, Duration

_DAY = timedelta(days=1)
#: However long the span, every birthday is in it once after a year.
_YEAR = 366


@dataclass(frozen=True)
class Here:
    """What day it is for those without a time zone, and in each zone where it is another one."""

    day: date
    elsewhere: Mapping[date, tuple[str, ...]]


@lru_cache(maxsize=64)
def today(as_of: datetime, brand_zone: str) -> Here:
    """The local days at that instant: the world has two or three at a time."""
    home = as_of.astimezone(ZoneInfo(brand_zone)).date()
    days: dict[date, list[str]] = {}
    for name in sorted(available_timezones()):
        day = as_of.astimezone(ZoneInfo(name)).date()
        if day != home:
            days.setdefault(day, []).append(name)
    return Here(home, {day: tuple(names) for day, names in days.items()})


def day_of(as_of: datetime, zone: str | None, brand_zone: str) -> date:
    """The local day of a customer in that zone; in the brand's where none is known."""
    here = today(as_of, brand_zone)
    return next((day for day, names in here.elsewhere.items() if zone in names), here.day)


def days(first: date, length: Duration | None, calendar: Calendar) -> list[date]:
    """The day and those after it that make the length; the day alone without one."""
    if length is None:
        return [first]
    end = Calendar("UTC", calendar.kind).ahead(datetime.combine(first, time(), UTC), length).date()
    count = min((end - first).days, _YEAR, (date.max - first).days)
    return [first + n * _DAY for n in range(count)]


def birthdays(day: date, calendar: Calendar) -> list[int]:
    """The birthdays that are kept on that day, as month * 100 + day.

    Whoever was born on a leap day keeps it on the day before in other years.
    """
    month, number = _reckoned(day, calendar)
    found, leap = [month * 100 + number], _LEAP[calendar.kind]
    if month * 100 + number == leap - 1 and _reckoned(day + _DAY, calendar)[0] != month:
        found.append(leap)
    return found


#: The day that only leap years have: 29 February, 30 Esfand.
_LEAP = {"gregorian": 229, "jalali": 1230}


def _reckoned(day: date, calendar: Calendar) -> tuple[int, int]:
    """Month and day of the month in that calendar."""
    if calendar.kind == "gregorian":
        return day.month, day.day
    from persiantools.jdatetime import JalaliDate

    local = JalaliDate(day)  # type: ignore[no-untyped-call]
    return int(local.month), int(local.day)
