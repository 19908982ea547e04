"""What a rule is evaluated in: one instant, the brand's reckoning, and the segments it may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.clock import milliseconds
from engine.durations import Calendar, Duration
from engine.errors import YoursToFix
from engine.rules.facts import Facts, Few
from engine.text import did_you_mean

if TYPE_CHECKING:
    from engine.rules.condition import Condition


#: Seconds are only worth telling of what is this near.
_CLOSE = timedelta(hours=1)


@dataclass(frozen=True)
class Scope:
    """`as_of` and everything else that the answer depends on, but the rows.

    `cut_ledger` cuts the program's own ledger (consents, sends) at `as_of`: only when the person
    asked for a past instant. `facts` collects what the rules of one statement want to know of history.

    `only` are the customers who are asked about, where that is not everybody. `known` is given where
    a later instant is tried out: rows dated at or after it have not come, whatever `as_of` is.

    `undated` asks for English that is true on any day: lengths without the dates that they come to.
    """

    as_of: datetime
    calendar: Calendar = field(default_factory=Calendar)
    currency: str = "EUR"
    cut_ledger: bool = False
    segments: Mapping[str, Condition] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts, compare=False, repr=False)
    trail: tuple[str, ...] = ()
    only: Few | None = None
    known: datetime | None = None
    undated: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "as_of", milliseconds(self.as_of))

    @property
    def horizon(self) -> datetime:
        """Rows dated at or after it do not exist yet."""
        return self.as_of if self.known is None else min(self.known, self.as_of)

    def back(self, length: Duration) -> datetime:
        """`length` before `as_of`."""
        return self.calendar.back(self.as_of, length)

    def show(self, instant: datetime) -> str:
        """The instant as the brand's people would write it: a day, with the time where it is not midnight."""
        if not timedelta() < abs(instant - self.as_of) < _CLOSE:
            instant = instant.replace(second=0, microsecond=0)
        return self.calendar.show(instant)

    def told(self, instant: datetime) -> str:
        """The instant and how far it is: `2011-05-12 10:00, 212 days ago`, `2011-12-20, in 10 days`."""
        if instant.year < 1000:
            return "always there"
        age = self.as_of - instant
        far = _length(abs(age))
        return f"{self.show(instant)}, {f'{far} ago' if age > timedelta() else f'in {far}'}"

    def fresh(self) -> Scope:
        """The same scope with no facts collected yet: one for each statement."""
        return replace(self, facts=Facts())

    def into(self, name: str) -> tuple[Condition, Scope]:
        """The segment of that name, and the scope inside it. Raises YoursToFix."""
        if name in self.trail:
            circle = " -> ".join((*self.trail[self.trail.index(name) :], name))
            raise YoursToFix(f"segment {name!r} is defined by itself: {circle}")
        if name not in self.segments:
            hint = did_you_mean(name, self.segments)
            raise YoursToFix(f"there is no segment {name!r}" + (f"; {hint}" if hint else ""))
        return self.segments[name], replace(self, trail=(*self.trail, name))


def _length(span: timedelta) -> str:
    """Whole days, as ages are tested; hours or minutes where it is less than two days."""
    for unit, seconds, least in (("day", 86_400, 2), ("hour", 3600, 1), ("minute", 60, 1)):
        count = int(span.total_seconds() // seconds)
        if count >= least:
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
