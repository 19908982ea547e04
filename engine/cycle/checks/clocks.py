"""When a zone's clocks change: the wall times that are skipped, and those that come twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from engine.durations import zone

#: A year and a bit: every change that comes yearly is in it.
AHEAD = timedelta(days=370)
_STEP = timedelta(days=5)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Change:
    """From `low` on and before `high`, wall times are skipped (forward) or come twice."""

    low: datetime
    high: datetime
    forward: bool

    @property
    def by(self) -> timedelta:
        return self.high - self.low


def changes(name: str, now: datetime) -> tuple[Change, ...]:
    """The changes of that zone in the year after `now`, in their order."""
    return _changes(name, now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))


@lru_cache(maxsize=256)
def _changes(name: str, start: datetime) -> tuple[Change, ...]:
    found, at = [], start
    while at < start + AHEAD:
        if _offset(name, at) != _offset(name, at + _STEP):
            found.append(_change(name, at, at + _STEP))
        at += _STEP
    return tuple(found)


def _change(name: str, low: datetime, high: datetime) -> Change:
    before, after = _offset(name, low), _offset(name, high)
    while high - low > _MINUTE:
        middle = low + (high - low) // _MINUTE // 2 * _MINUTE
        low, high = (middle, high) if _offset(name, middle) == before else (low, middle)
    walls = sorted((high + offset).replace(tzinfo=None) for offset in (before, after))
    return Change(walls[0], walls[1], forward=after > before)


def _offset(name: str, at: datetime) -> timedelta:
    return at.astimezone(zone(name)).utcoffset() or timedelta()
