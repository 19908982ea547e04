"""Occasions on a wall clock that is never put forward or back: a schedule before it meets a time zone.

APScheduler does the arithmetic, in UTC, where every wall time exists once. `schedule.py` maps wall
times to instants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from engine.durations import Calendar

MINUTE = timedelta(minutes=1)
JALALI = Calendar("UTC", "jalali")
LAST_DAY = -1
#: Intervals are counted from this midnight.
ANCHOR = datetime(1970, 1, 1, tzinfo=UTC)
#: 29 February comes every four years, or after eight around 2100.
LOOK_BACK = timedelta(days=9 * 366)
#: Days of month and week come together again within 28 years, or 40 around 2100.
LOOK_AHEAD = timedelta(days=41 * 366)


class Timetable(Protocol):
    """Wall times, naive and in whole minutes."""

    def first(self, wall: datetime) -> datetime | None:
        """The earliest occasion at or after that wall time."""


@dataclass(frozen=True)
class Cron:
    """The minutes that fit a CronTrigger's fields; with `jalali_day`, only on that day of a Jalali month."""

    trigger: CronTrigger
    jalali_day: int = 0

    @classmethod
    def of(cls, **fields: Any) -> Cron:
        """Raises ValueError for fields that APScheduler does not take."""
        return cls(CronTrigger(**fields, timezone=UTC))

    def first(self, wall: datetime) -> datetime | None:
        found = self._fire(wall)
        while found is not None and self.jalali_day and not self._fits(found):
            found = self._fire(found + MINUTE)
        return found

    def _fire(self, wall: datetime) -> datetime | None:
        try:
            found = self.trigger.get_next_fire_time(None, wall.replace(tzinfo=UTC))
        except (OverflowError, ValueError):
            return None
        return found.replace(tzinfo=None) if found else None

    def _fits(self, wall: datetime) -> bool:
        """Whether the day is the one asked for; -1 is the month's last, the one before a first."""
        if self.jalali_day == LAST_DAY:
            return JALALI.day_of_month(wall + timedelta(days=1)) == 1
        return JALALI.day_of_month(wall) == self.jalali_day


@dataclass(frozen=True)
class Every:
    """Every so many minutes, counted on the wall clock from a midnight."""

    trigger: IntervalTrigger

    @classmethod
    def of(cls, minutes: int) -> Every:
        return cls(IntervalTrigger(minutes=minutes, start_date=ANCHOR, timezone=UTC))

    def first(self, wall: datetime) -> datetime | None:
        try:
            found: datetime | None = self.trigger.get_next_fire_time(None, wall.replace(tzinfo=UTC))
        except (OverflowError, ValueError):
            return None
        return found.replace(tzinfo=None) if found else None


@dataclass(frozen=True)
class Once:
    """One wall time."""

    wall: datetime

    def first(self, wall: datetime) -> datetime | None:
        return self.wall if wall <= self.wall else None


@dataclass(frozen=True)
class Several:
    """The occasions of several timetables together."""

    tables: tuple[Timetable, ...]

    def first(self, wall: datetime) -> datetime | None:
        found = [table.first(wall) for table in self.tables]
        return min((one for one in found if one is not None), default=None)


def together(tables: Sequence[Timetable]) -> Timetable:
    """One timetable of them all."""
    return tables[0] if len(tables) == 1 else Several(tuple(tables))


def ever(table: Timetable) -> bool:
    """Whether there is any occasion: 30 February is none."""
    start = ANCHOR.replace(tzinfo=None)
    found = table.first(start)
    return found is not None and found < start + LOOK_AHEAD


def last(table: Timetable, wall: datetime) -> datetime | None:
    """The latest occasion at or before that wall time, within LOOK_BACK.

    A timetable only looks ahead: this steps back in growing strides and halves its way to the last.
    """
    wall, stride = wall.replace(second=0, microsecond=0), MINUTE
    found = table.first(wall)
    while found is None or found > wall:
        if stride > LOOK_BACK:
            return None
        stride *= 4
        found = table.first(wall - stride)
    low, high = found, wall + MINUTE
    while high - low > MINUTE:
        middle = low + (high - low) // MINUTE // 2 * MINUTE
        found = table.first(middle)
        low, high = (found, high) if found is not None and found <= wall else (low, middle)
    return low
