"""When a campaign runs: occasions as instants, right across every change of the clocks.

A timetable says wall times. A wall time that a change of the clocks skips takes the offset before
the change, and one that it repeats is the first of the two: each occasion happens once, and its
slot, the local minute, names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.durations import zone
from engine.rules.timetable import MINUTE, Timetable, last

RECIPIENT = "recipient"
#: No zone changes its clocks by more than a day (Samoa left out one), nor twice within four.
NEAR = timedelta(days=2)
#: Outside these nothing is scheduled: clocks and calendars are guesses there.
YEARS = range(1971, 9000)


@dataclass(frozen=True)
class Schedule:
    """A timetable in a zone: the brand's unless it names its own, or each recipient's."""

    written: str
    english: str
    table: Timetable = field(repr=False)
    timezone: str = ""

    def __str__(self) -> str:
        return self.english

    @property
    def per_recipient(self) -> bool:
        """Whether it runs by each customer's own clock."""
        return self.timezone == RECIPIENT

    def latest(self, now: datetime, zone_name: str) -> datetime | None:
        """The latest occasion at or before `now`; `zone_name` is the brand's or the recipient's."""
        if now.year not in YEARS:
            return None
        where = self._zone(zone_name)
        local, slack = _wall(now, where), _jump(now, where)
        anchor = last(self.table, local - slack)
        if anchor is None:
            start = local - slack - MINUTE
        else:
            start = anchor - max(slack, _jump(_instant(anchor, where), where))
        walls = self._walls(start, local + slack)
        return max((at for at in (_instant(wall, where) for wall in walls) if at <= now), default=None)

    def next(self, now: datetime, zone_name: str) -> datetime | None:
        """The first occasion after `now`."""
        if now.year not in YEARS:
            return None
        where = self._zone(zone_name)
        best: datetime | None = None
        stop = datetime.max
        for wall in self._walls(_wall(now, where) - _jump(now, where), None):
            if wall > stop:
                break
            at = _instant(wall, where)
            if at > now and best is None:
                stop = wall + _jump(at, where)
            if at > now and (best is None or at < best):
                best = at
        return best

    def slot(self, occasion: datetime, zone_name: str) -> str:
        """The occasion's name: `2011-12-10T10:00`, on recipient-zone runs with the zone behind an @."""
        local = _wall(occasion, self._zone(zone_name)).isoformat(timespec="minutes")
        return f"{local}@{zone_name}" if self.per_recipient else local

    def _zone(self, zone_name: str) -> ZoneInfo:
        return zone(zone_name if self.timezone in ("", RECIPIENT) else self.timezone)

    def _walls(self, start: datetime, end: datetime | None) -> Iterator[datetime]:
        wall = self.table.first(start)
        while wall is not None and (end is None or wall <= end):
            yield wall
            wall = self.table.first(wall + MINUTE)


def _wall(instant: datetime, where: ZoneInfo) -> datetime:
    return instant.astimezone(where).replace(tzinfo=None, fold=0)


def _instant(wall: datetime, where: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=where, fold=0).astimezone(UTC)


def _jump(instant: datetime, where: ZoneInfo) -> timedelta:
    """By how much the clocks change near that instant; nearly always nothing."""
    offsets = [
        (instant + shift).astimezone(where).utcoffset() or timedelta() for shift in (-NEAR, timedelta(), NEAR)
    ]
    return max(offsets) - min(offsets)
