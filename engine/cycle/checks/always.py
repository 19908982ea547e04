"""Whether clauses contradict each other at every instant from now on, not only today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from engine.durations import Duration
from engine.rules.condition import Condition
from engine.rules.contradiction import Clause, Conflict, Steps, conflict
from engine.rules.scope import Scope

_TICK = timedelta(seconds=1)
_DAY = timedelta(days=1)
#: Months differ in length: these days fall early and late in every month, of a leap year too.
_FOUR_YEARS = range(0, 4 * 366, 11)
#: Long after every date that people write.
_LATE = timedelta(days=365 * 200)


class Always:
    """Asks at every instant at which a rule's answer may change: around its dates, and over the months."""

    def __init__(self, rule: Condition, scope: Scope) -> None:
        self.rule = rule
        self.scope = scope
        self.steps = Steps()

    def conflict(self, clauses: Sequence[Clause]) -> Conflict | None:
        """Why nobody can ever meet all of the clauses, as it is now; None where somebody may, some day."""
        found = conflict(clauses, self.steps)
        if found is None or not all(conflict(_at(clauses, one), self.steps) for one in self._instants):
            return None
        return found

    @cached_property
    def _instants(self) -> list[datetime]:
        now, calendar = self.scope.as_of, self.scope.calendar
        values = list(_written(self.rule, self.scope))
        lengths = {one for one in values if isinstance(one, Duration)}
        found = {now + _LATE}
        for date in (one for one in values if isinstance(one, datetime)):
            turns = [date, *(calendar.back(date, one) for one in lengths)]
            turns += [calendar.ahead(date, one) for one in lengths]
            found.update(_safe(turn, shift) for turn in turns for shift in (-_TICK, timedelta(), _TICK))
        if any(length.months for length in lengths):
            found.update(now + day * _DAY for day in _FOUR_YEARS)
        return sorted(one for one in found if one > now)


def _at(clauses: Iterable[Clause], instant: datetime) -> Iterator[Clause]:
    return (replace(one, scope=replace(one.scope, as_of=instant)) for one in clauses)


def _safe(instant: datetime, shift: timedelta) -> datetime:
    try:
        return instant + shift
    except OverflowError:
        return instant


def _written(condition: Condition, scope: Scope) -> Iterator[Any]:
    """The dates and lengths of the condition and of the segments that it names."""
    if condition.joins:
        for part, inside in condition.unfolded(scope):
            yield from _written(part, inside)
    else:
        yield from _values(condition)


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, BaseModel):
        for _, inner in value:
            yield from _values(inner)
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from _values(inner)
    elif isinstance(value, dict):
        yield from _values(list(value.values()))
    elif isinstance(value, (datetime, Duration)):
        yield value
