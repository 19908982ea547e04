"""Where somebody stands among everybody: the marks that a value must reach, from one sort of the groups.

Nobody's rank is looked up. Whoever stands at a certain place, when all are sorted, makes a mark, and
everybody is compared with that. Nobody stands between two neighbours of a sorted line: to be at or above
a percentile that lies between them is to reach the upper one. So it is exact, and never divided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.types import Integer

Keys = tuple[ColumnElement[Any], ...]
#: How many stand in the line; what places are made of.
COUNT: ColumnElement[int] = literal_column("line.n", Integer)
#: Shares are told in hundredths of a per cent.
WHOLE = 10_000


@dataclass(frozen=True, eq=False)
class Line:
    """The groups that pass all of `members`, sorted by `keys`, and the places in it that make marks.

    Places count from 1 and are made of `COUNT`; a mark is NULL where nobody stands.
    """

    keys: Keys
    members: Keys
    places: Keys

    def same(self, other: Line) -> bool:
        pairs = (self.keys, other.keys), (self.members, other.members), (self.places, other.places)
        return all(_same(mine, theirs) for mine, theirs in pairs)

    def marks(self, groups: FromClause, name: str) -> CTE:
        """One row with the keys of each place: `p0k0`, `p0k1`, `p1k0`, ..."""
        keys = [type_coerce(key, key.type).label(f"k{number}") for number, key in enumerate(self.keys)]
        at = func.row_number().over(order_by=self.keys).label("place")
        rows = select(*keys, at).select_from(groups).where(*self.members).subquery("line_up")
        count = select(func.count().label("n")).select_from(groups).where(*self.members).subquery("line")
        named = [place.label(f"p{number}") for number, place in enumerate(self.places)]
        places = select(*named).select_from(count).subquery("places")
        marks = [
            func.max(case((rows.c.place == place, rows.c[key.name]))).label(f"{place.name}{key.name}")
            for place in places.c
            for key in keys
        ]
        wanted = or_(*(rows.c.place == place for place in places.c))
        made = select(*marks).select_from(rows).join(places, wanted).cte(name)
        # Or PostgreSQL writes what is used once into the place of its use, and sorts again for each customer.
        return made.prefix_with("MATERIALIZED", dialect="postgresql")


def percentile(hundredths: int, upper: bool = False) -> ColumnElement[int]:
    """The place at a share of the way from the first to the last, or of its neighbour on that side."""
    way = (COUNT - 1) * hundredths
    return ((way + WHOLE - 1) if upper else way) // WHOLE + 1


def part_starts(parts: int) -> Keys:
    """The first place of each part but the first, as NTILE cuts: the earlier parts are one larger."""
    size, rest = COUNT // parts, COUNT % parts
    return tuple(1 + before * size + _smaller(before, rest) for before in range(1, parts))


def _smaller(number: int, other: ColumnElement[int]) -> ColumnElement[int]:
    return case((other < number, other), else_=number)


def reaches(keys: Sequence[ColumnElement[Any]], mark: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    """At or above the mark, the first key first; NULL where there is no mark."""
    (key, *rest), (at, *others) = keys, mark
    return or_(key > at, and_(key == at, reaches(rest, others))) if rest else key >= at


def _same(mine: Keys, others: Keys) -> bool:
    pairs = zip(mine, others, strict=False)
    return len(mine) == len(others) and all(one is other or one.compare(other) for one, other in pairs)
