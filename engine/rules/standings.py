"""Where somebody stands among everybody: the marks that a value must reach.

Nobody's rank is looked up. Whoever stands at a certain place, when all are sorted, makes a mark, and
everybody is compared with that. Nobody stands between two neighbours of a sorted line: to be at or above
a percentile that lies between them is to reach the upper one. So it is exact, and never divided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal_column, or_
from sqlalchemy.types import Integer

Keys = tuple[ColumnElement[Any], ...]
#: How many stand in the line; what places are made of.
COUNT: ColumnElement[int] = literal_column("line.n", Integer)
#: Shares are told in hundredths of a per cent.
WHOLE = 10_000


@dataclass(frozen=True, eq=False)
class Line:
    """The customers whose groups pass all of `members`, sorted by `keys`, and a place that makes a mark.

    Whoever is no customer yet does not stand in it. Places count from 1 and are made of `COUNT`; the mark
    is NULL where nobody stands there.
    """

    keys: Keys
    members: Keys
    place: ColumnElement[int]

    def same(self, other: Line) -> bool:
        return self.alike(other) and _same(self.keys, other.keys) and _same((self.place,), (other.place,))

    def alike(self, other: Line) -> bool:
        """Whether the same stand in it, in whatever order."""
        return _same(self.members, other.members)


def percentile(hundredths: int, upper: bool = False) -> ColumnElement[int]:
    """The place at a share of the way from the first to the last, or of its neighbour on that side."""
    way = case((COUNT > 1, COUNT - 1), else_=0) * hundredths
    return ((way + WHOLE - 1) if upper else way) // WHOLE + 1


def part_start(part: int, parts: int) -> ColumnElement[int]:
    """The first place of a part but the first, as NTILE cuts: the earlier parts are one larger."""
    before, larger = part - 1, COUNT % parts
    return 1 + before * (COUNT // parts) + case((larger < before, larger), else_=before)


def reaches(keys: Sequence[ColumnElement[Any]], mark: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    """At or above the mark, the first key first; NULL where there is no mark."""
    (key, *rest), (at, *others) = keys, mark
    return or_(key > at, and_(key == at, reaches(rest, others))) if rest else key >= at


def _same(mine: Keys, others: Keys) -> bool:
    pairs = zip(mine, others, strict=False)
    return len(mine) == len(others) and all(one is other or one.compare(other) for one, other in pairs)
