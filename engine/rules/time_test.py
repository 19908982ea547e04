"""Time tests and windows: every bound is reckoned here, as an instant; no database does calendars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator
from sqlalchemy import ColumnElement, and_

from engine.clock import milliseconds
from engine.durations import Duration
from engine.rules.forms import Form, Given, Length, When
from engine.rules.number_test import AgeTest, crossed
from engine.rules.ranges import KNOWN, LEAST, MISSING, NOTHING, Range, before, compared, span
from engine.rules.scope import Scope

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda column, at: column < at,
    "<=": lambda column, at: column <= at,
    ">": lambda column, at: column > at,
    ">=": lambda column, at: column >= at,
    "=": lambda column, at: column == at,
    "!=": lambda column, at: column != at,
}
#: An age that is at least D lies at or before `as_of - D`: the comparison turns round.
_TURNED = {"is": "=", "is_not": "!=", "at_least": "<=", "at_most": ">=", "more_than": "<", "less_than": ">"}

_SPELLED = {"=": "is", "!=": "is_not", ">=": "at_least", "<=": "at_most", ">": "more_than", "<": "less_than"}


@dataclass(frozen=True)
class Bound:
    """`t OPERATION at`."""

    operation: str
    at: datetime


class Window(Form):
    """Keys that must all hold of the time of a row."""

    TIME_KEYS: ClassVar[frozenset[str]] = frozenset(
        ("within", "older_than", "ago", "in_next", "before", "after")
    )

    within: Given[Length] = None
    older_than: Given[Length] = None
    ago: Given[AgeTest] = None
    in_next: Given[Length] = None
    before: Given[When] = None
    after: Given[When] = None

    def bounds(self, scope: Scope) -> list[Bound]:
        """The keys as comparisons with instants; none where no key was given."""
        now = scope.as_of
        found: list[Bound] = []
        if self.within is not None:
            found += [Bound(">=", scope.back(self.within)), Bound("<", now)]
        if self.older_than is not None:
            found.append(Bound("<", scope.back(self.older_than)))
        if self.ago is not None:
            found.append(Bound("<", now))
            found += [Bound(_TURNED[key], scope.back(length)) for key, length in self.ago.ages()]
        if self.in_next is not None:
            found += [Bound(">=", now), Bound("<", scope.calendar.ahead(now, self.in_next))]
        found += [Bound("<", self.before)] if self.before is not None else []
        return found + ([Bound(">=", self.after)] if self.after is not None else [])

    def rows(self, column: ColumnElement[Any], scope: Scope) -> list[ColumnElement[bool]]:
        """The filters on rows dated by `column`; `as_of` itself is the reader's to cut."""
        bounds = [bound for bound in self.bounds(scope) if bound != Bound("<", scope.as_of)]
        return [_OPERATIONS[bound.operation](column, bound.at) for bound in bounds]

    def range(self, scope: Scope, past: bool = True) -> Range:
        """The instants that pass; of a `past` thing, those before `as_of`."""
        found = span(LEAST, before(scope.as_of)) if past else KNOWN
        for bound in self.bounds(scope):
            found &= compared(_SPELLED[bound.operation], milliseconds(bound.at))
        return found

    def barren(self, scope: Scope, past: bool = True) -> bool:
        """Whether no time can pass; of a `past` thing, no time before `as_of`."""
        bounds = [*self.bounds(scope), *([Bound("<", scope.as_of)] if past else [])]
        lows = [(b.at, b.operation == ">") for b in bounds if b.operation in (">", ">=", "=")]
        highs = [(b.at, b.operation != "<") for b in bounds if b.operation in ("<", "<=", "=")]
        return crossed(lows, highs)

    def words(self, scope: Scope) -> str:
        """`between 2010-12-10 and 2011-06-13 (180 to 365 days ago)`; empty where no key was given."""
        lengths = self._lengths()
        if scope.undated and lengths and self.before is None and self.after is None:
            return lengths.replace("within ", "within the last ")
        lows = [b for b in self.bounds(scope) if b.operation in (">", ">=")]
        highs = [b for b in self.bounds(scope) if b.operation in ("<", "<=")]
        other = [b for b in self.bounds(scope) if b.operation in ("=", "!=")]
        told = _span(max((b.at for b in lows), default=None), min((b.at for b in highs), default=None), scope)
        told += [f"{'exactly' if b.operation == '=' else 'not'} {scope.show(b.at)}" for b in other]
        return " and ".join(told) + (f" ({lengths})" if lengths else "")

    def _lengths(self) -> str:
        told = []
        if self.within is not None:
            told.append(f"within {self.within}")
        if self.older_than is not None:
            told.append(f"more than {self.older_than} ago")
        if self.ago is not None:
            told.append(_ages(self.ago))
        if self.in_next is not None:
            told.append(f"in the next {self.in_next}")
        return ", ".join(told)


def _span(low: datetime | None, high: datetime | None, scope: Scope) -> list[str]:
    if low is not None and high is not None:
        return [f"between {scope.show(low)} and {scope.show(high)}"]
    if low is not None:
        return [f"on or after {scope.show(low)}"]
    return [f"before {scope.show(high)}"] if high is not None else []


def _ages(ago: AgeTest) -> str:
    ends = dict(ago.bounds())
    low, high = ends.get("at_least"), ends.get("at_most")
    if len(ends) == 2 and isinstance(low, Duration) and isinstance(high, Duration):
        first = str(low.count) if low.unit == high.unit else str(low)
        return f"{first} to {high} ago"
    return f"{ago.words()} ago"


def past(scope: Scope) -> Range:
    """When a thing of the past may have been: before `as_of`, or never."""
    return Range(((LEAST, before(scope.as_of)),), missing=True)


def _only_true(other: str) -> BeforeValidator:
    """For a key whose opposite has a name of its own."""

    def check(value: Any) -> Any:
        if value is not True:
            raise ValueError(f"this can only be true; write `{other}: true` for the opposite")
        return value

    return BeforeValidator(check)


_Ever = Annotated[Literal[True] | None, _only_true("never")]
_Never = Annotated[Literal[True] | None, _only_true("ever")]


class TimeTest(Window):
    """Keys that must all hold of one time; a missing time meets only `never: true`."""

    ever: _Ever = None
    never: _Never = None

    @classmethod
    def spelled(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not value:
            raise ValueError(
                "a time test is written like `within: 30 days` or `ago: {at_least: 30 days}`; "
                "its keys are within, older_than, ago, in_next, before, after, ever, never"
            )
        return value

    def passes(
        self, column: ColumnElement[Any], scope: Scope, convert: Callable[[datetime], Any] | None = None
    ) -> ColumnElement[bool]:
        """The predicate on a time; NULL at most where the column is. `convert` makes what it is held to."""
        bounds = [
            _OPERATIONS[bound.operation](column, convert(bound.at) if convert else bound.at)
            for bound in self.bounds(scope)
        ]
        if self.ever:
            bounds.append(column.is_not(None))
        if self.never:
            bounds.append(column.is_(None))
        return and_(*bounds)

    def range(self, scope: Scope, past: bool = True) -> Range:
        found = super().range(scope, past)
        return (NOTHING if self.ever or self.bounds(scope) else MISSING) if self.never else found

    def empty(self, scope: Scope, past: bool = True) -> bool:
        """Whether neither a time nor the lack of one can pass."""
        if self.never:
            return bool(self.ever or self.bounds(scope))
        return self.barren(scope, past)

    def words(self, scope: Scope) -> str:
        told = [super().words(scope), "at any time" if self.ever else "", "never" if self.never else ""]
        return " and ".join(filter(None, told))
