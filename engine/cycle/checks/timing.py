"""Schedules that never come, come in the hour of a clock change, or too late for `send_by`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.cycle.checks.clocks import Change, changes
from engine.durations import Calendar, Duration
from engine.errors import Place, Problem
from engine.policy.quiet import quiet_until
from engine.rules.campaign import Campaign
from engine.rules.loader import RuleBook
from engine.settings import QuietHours, Settings

_HOUR = timedelta(hours=1)
#: A schedule that comes at most so often in two days is one whose times somebody chose.
_CHOSEN = 8
#: Quiet hours are over within so many seconds.
_A_NIGHT = 86_400
#: So many occasions are looked at for one in quiet hours.
_OCCASIONS = 31


def timing(settings: Settings, book: RuleBook, now: datetime) -> Iterator[Problem]:
    """What is wrong with when campaigns run."""
    zone = settings.brand.timezone
    for campaign in book.campaigns.values():
        timed = _Timed(campaign, settings.brand.reckoning, zone, now)
        yield from timed.over() or [*timed.clock_changes(), *timed.too_late(settings.policy.quiet_hours)]


@dataclass(frozen=True)
class _Timed:
    campaign: Campaign
    calendar: Calendar
    zone: str
    now: datetime

    @property
    def place(self) -> Place:
        return self.campaign.place("schedule")

    def next(self, after: datetime) -> datetime | None:
        """The first occasion after that instant, in the time that the campaign runs."""
        starts, ends = self.campaign.starts, self.campaign.ends
        start = max(after, starts - timedelta(milliseconds=1)) if starts is not None else after
        found = self.campaign.schedule.next(start, self.zone)
        return None if found is None or (ends is not None and found >= ends) else found

    def over(self) -> list[Problem]:
        """A campaign that will never run again, or never at all."""
        if self.next(self.now) is not None:
            return []
        starts, ends, show = self.campaign.starts, self.campaign.ends, self.calendar.show
        if ends is not None and ends <= self.now:
            told = f"this campaign ended on {show(ends)}: nobody enters it any more"
            return [Problem(self.campaign.place("ends"), told, "move `ends`, or take the file away", "hint")]
        if self.campaign.schedule.next(self.now, self.zone) is None:
            told = f"this schedule is over: {self.campaign.schedule} has passed"
            return [Problem(self.place, told, "give it a time to come, or take the file away", "warning")]
        span = f"from {show(starts) if starts else 'now on'} to {show(ends) if ends else 'the end'}"
        told = f"this schedule never comes while the campaign runs, {span}"
        return [Problem(self.place, told, "move `starts` or `ends`, or the schedule", "warning")]

    def clock_changes(self) -> Iterator[Problem]:
        """Occasions at a wall time that a change of the clocks skips or repeats."""
        schedule = self.campaign.schedule
        zone = self.zone if schedule.timezone in ("", "recipient") else schedule.timezone
        for change in changes(zone, self.now):
            wall = schedule.table.first(change.low)
            if wall is not None and wall < change.high and self._chosen(wall):
                yield self._at_change(change, wall, zone)

    def _chosen(self, wall: datetime) -> bool:
        """Whether somebody chose that time, and not only every quarter of an hour."""
        day, number = wall - 24 * _HOUR, 0
        while (found := self.campaign.schedule.table.first(day)) is not None and found < wall + 24 * _HOUR:
            day, number = found + timedelta(minutes=1), number + 1
            if number > _CHOSEN:
                return False
        return True

    def _at_change(self, change: Change, wall: datetime, zone: str) -> Problem:
        day, time = self._day(wall), f"{wall:%H:%M}"
        if change.forward:
            told = f"{time} does not exist on {day} in {zone}, when the clocks go forward"
            hint = f"that day it runs at {wall + change.by:%H:%M}; a time outside that hour never moves"
            return Problem(self.place, told, hint, "warning")
        told = f"{time} comes twice on {day} in {zone}, when the clocks go back"
        return Problem(self.place, told, "that day it runs the first time only", "hint")

    def _day(self, wall: datetime) -> str:
        noon = wall.replace(hour=12, minute=0, tzinfo=self.calendar.zone)
        return self.calendar.show(noon).partition(" ")[0]

    def too_late(self, hours: QuietHours | None) -> Iterator[Problem]:
        """A `send_by` that runs out while the message waits for the end of the quiet hours."""
        send_by = self.campaign.send_by
        if send_by is None or hours is None or send_by.seconds >= _A_NIGHT:
            return
        for at in self._occasions():
            until = quiet_until(self.zone, at, hours, self.zone)
            if until is not None and until > self.calendar.ahead(at, send_by):
                yield self._expired(at, until, send_by, hours)
                return

    def _expired(self, at: datetime, until: datetime, send_by: Duration, hours: QuietHours) -> Problem:
        zone = self.calendar.zone
        told = f"messages of {at.astimezone(zone):%H:%M} wait until {until.astimezone(zone):%H:%M}"
        why = f"and expire before: quiet hours are {hours.start} to {hours.end}, `send_by` is {send_by}"
        hint = "run it later in the day, or give `send_by` more time"
        return Problem(self.campaign.place("send_by"), f"{told}, {why}", hint, "warning")

    def _occasions(self) -> Iterator[datetime]:
        at: datetime | None = self.now
        for _ in range(_OCCASIONS):
            at = self.next(at) if at is not None else None
            if at is not None:
                yield at
