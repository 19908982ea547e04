"""Ranges: the values that a fact may still have, as spans of one line, be it of times, numbers or texts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, NamedTuple

#: A cut lies between values: just before one, just behind one, or at an end of the line.
Cut = tuple[Any, ...]
LEAST: Cut = (0,)
MOST: Cut = (2,)


def before(value: Any) -> Cut:
    """The cut that leaves the value above it."""
    return (1, value, 0)


def behind(value: Any) -> Cut:
    """The cut that leaves the value below it."""
    return (1, value, 1)


@dataclass(frozen=True)
class Range:
    """Spans from cut to cut, in their order, none touching another; and whether a missing value is in."""

    spans: tuple[tuple[Cut, Cut], ...] = ()
    missing: bool = False

    @property
    def empty(self) -> bool:
        return not self.spans and not self.missing

    def __and__(self, other: Range) -> Range:
        met = [(max(a[0], b[0]), min(a[1], b[1])) for a in self.spans for b in other.spans]
        return Range(tuple(sorted(one for one in met if one[0] < one[1])), self.missing and other.missing)

    def __invert__(self) -> Range:
        cuts = [LEAST, *(cut for span in self.spans for cut in span), MOST]
        gaps = zip(cuts[::2], cuts[1::2], strict=True)
        return Range(tuple(gap for gap in gaps if gap[0] < gap[1]), not self.missing)

    def within(self, other: Range) -> bool:
        """Whether everything in it is in the other."""
        return self & other == self

    @property
    def upward(self) -> Range:
        """From its least value on; a missing one stays what it was."""
        return Range(((self.spans[0][0], MOST),) if self.spans else (), self.missing)

    @property
    def downward(self) -> Range:
        """Up to its greatest value."""
        return Range(((LEAST, self.spans[-1][1]),) if self.spans else (), self.missing)


NOTHING = Range()
ANYTHING = Range(((LEAST, MOST),), missing=True)
KNOWN = Range(((LEAST, MOST),))
MISSING = Range(missing=True)


def span(low: Cut, high: Cut) -> Range:
    """Every value between the cuts."""
    return Range(((low, high),) if low < high else ())


def points(values: Iterable[Any]) -> Range:
    """Only these values."""
    return Range(tuple((before(value), behind(value)) for value in sorted(set(values))))


def compared(key: str, value: Any) -> Range:
    """The values that one key of a number test lets pass."""
    if key == "is_not":
        return ~points([value]) & KNOWN
    low = {"is": before, "at_least": before, "more_than": behind}.get(key)
    high = {"is": behind, "at_most": behind, "less_than": before}.get(key)
    return span(low(value) if low else LEAST, high(value) if high else MOST)


def counts(range_: Range) -> Range:
    """The whole numbers from 0 on that are in it, where 2.5 makes no difference between 2 and 3."""
    joined: list[tuple[Cut, Cut]] = []
    for span_ in range_.spans:
        low, high = (_whole(cut) for cut in span_)
        if joined and joined[-1][1] == low:
            joined[-1] = (joined[-1][0], high)
        elif low < high:
            joined.append((low, high))
    return Range(tuple(joined)) & span(before(0), MOST)


def _whole(cut: Cut) -> Cut:
    """The same cut for whole numbers, always just before one."""
    if len(cut) == 1:
        return cut
    _, value, side = cut
    return before(floor(value) + 1 if side else ceil(value))


def beginning(start: str) -> Range:
    """Every text that begins so."""
    last = ord(start[-1]) + 1 if start else 0x110000
    return span(before(start), before(start[:-1] + chr(last)) if last < 0x110000 else MOST)


COUNTS = span(before(0), MOST)
NONE = counts(points([0]))
SOME = counts(~NONE)


class Claim(NamedTuple):
    """What a condition says of one fact: its value is in the range."""

    fact: Hashable
    range: Range


def claim(fact: Hashable, range_: Range, holds: bool, among: Range = ANYTHING) -> Claim:
    """The claim that the value is in the range, or that it is not; it is `among` those in any case."""
    return Claim(fact, (range_ if holds else ~range_) & among)


@dataclass(frozen=True)
class Some:
    """The fact which of several values, such as a customer's tags, passes a test: one in that range."""

    of: str
    range: Range


@dataclass(frozen=True)
class Each:
    """The fact what every one of several values is; there may be none."""

    of: str


@dataclass(frozen=True)
class Counted:
    """The fact how many rows of one kind there are in a window: never more than in a wider one."""

    rows: Hashable
    window: Range
