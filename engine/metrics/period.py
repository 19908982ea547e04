"""The period of a report, and the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.durations import Calendar, Duration
from engine.errors import YoursToFix

#: The period when none is asked for.
USUAL = Duration(30, "day")
_MONTH = Duration(1, "month")
_LONGEST = timedelta(days=36_525)


@dataclass(frozen=True)
class Period:
    """From `start` inclusive to `end` exclusive, in the brand's calendar."""

    start: datetime
    end: datetime
    calendar: Calendar

    @classmethod
    def of(cls, calendar: Calendar, now: datetime, start: datetime | None, end: datetime | None) -> Period:
        """What was asked for, else the 30 days up to `end`, else up to now. Raises YoursToFix."""
        last = end or now
        first = start or calendar.back(last, USUAL)
        if first >= last:
            told = f"{calendar.show(first)} is not before {calendar.show(last)}"
            raise YoursToFix(
                f"the report's period is empty: {told}; --from is its first day, --to the day after"
            )
        if last - first > _LONGEST:
            raise YoursToFix("the report's period is longer than a century; --from is its first day")
        return cls(first, last, calendar)

    @property
    def month(self) -> Duration:
        return _MONTH

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def days(self) -> float:
        return self.length / timedelta(days=1)

    @property
    def before(self) -> Period:
        """As many months before, where it is of whole months; else as much time before."""
        months = self._months()
        if months:
            return Period(self.calendar.back(self.start, _MONTH.times(months)), self.start, self.calendar)
        return Period(self.start - self.length, self.start, self.calendar)

    def _months(self) -> int:
        """How many whole months it is; 0 where it does not begin and end with one."""
        if not (self._begins_month(self.start) and self._begins_month(self.end)):
            return 0
        months = round(self.days / 30.44)
        return months if self.calendar.ahead(self.start, _MONTH.times(months)) == self.end else 0

    def _begins_month(self, instant: datetime) -> bool:
        wall = instant.astimezone(self.calendar.zone)
        return self.calendar.midnight(instant) == instant and self.calendar.day_of_month(wall) == 1

    def months_back(self, count: int) -> list[datetime]:
        """The beginnings of the `count` months up to `end`, oldest first, and `end` itself."""
        calendar = self.calendar
        last = calendar.midnight(self.end - timedelta(milliseconds=1))
        while not self._begins_month(last):
            last = calendar.midnight(last - timedelta(hours=12))
        firsts = [calendar.back(last, _MONTH.times(number)) for number in range(count - 1, 0, -1)]
        return [*firsts, last, self.end]
