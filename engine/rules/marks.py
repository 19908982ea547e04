"""The marks of many lines, without sorting everybody.

A sample tells between which two values a mark should lie. One look at everybody counts, for all marks at
once, who stands before and up to these values; then only whoever stands between them is sorted. Where the
sample misled, or is too small to tell, everybody is sorted: the mark is exact, whoever the sample were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    Integer,
    TableClause,
    and_,
    case,
    column,
    func,
    or_,
    select,
    table,
    true,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement, coalesce

from engine.rules.standings import Keys, Line
from engine.store.types import unindexed

#: One in so many groups is in the sample.
_ONE_IN = 128
#: How far from its place in the sample a mark may be sought: a share of the sample, and so many more.
_SHARE, _MORE = 64, 40


class drawn(FunctionElement[int]):
    """A whole number from 0 to 127, by lot."""

    inherit_cache = True
    type = Integer()


@compiles(drawn, "sqlite")
def _drawn_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"(random() & {_ONE_IN - 1})"


@compiles(drawn, "postgresql")
def _drawn_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"trunc(random() * {_ONE_IN})"


class Marks:
    """The statements that find the marks of `lines` among the rows of `groups`.

    `name` is what the lines' keys call the groups; `source` is for whoever reads the SQL. `first` are all
    that must be written before, in their order; `found` has the marks, in the order of the lines.

    SQLite reads a statement anew wherever its name stands, and all that it is made of: each names few.
    """

    def __init__(self, groups: CTE, name: str, source: str, lines: Sequence[Line]) -> None:
        self._source, self._lines = source, lines
        self._rows = named(groups).alias(name)
        sample = select(*self._rows.c).where(self._rows.c.there, drawn() == 0).cte(f"{source}_sample")
        self._few = named(sample).alias(name)
        self.first = [groups, sample]
        self._classes = _classes(lines)
        kinds = range(max(self._classes) + 1)
        self._near = [self._written(self._neighbours(kind)) for kind in kinds]
        self._count = [self._written(self._counted(kind)) for kind in kinds]
        self.found = [self._written(self._mark(number)) for number in range(len(lines))]

    def _written(self, made: CTE) -> TableClause:
        self.first.append(made)
        return named(made)

    def _of(self, kind: int) -> dict[int, Line]:
        """The lines in which the same customers stand, by their numbers."""
        return {number: one for number, one in enumerate(self._lines) if self._classes[number] == kind}

    def _members(self, kind: int) -> Keys:
        return self._lines[self._classes.index(kind)].members

    def _neighbours(self, kind: int) -> CTE:
        """One row: between which values of the sample each mark should lie, NULL where there is no such."""
        lines = self._of(kind)
        columns = [func.count().over().label("n")]
        for number, one in lines.items():
            key = one.keys[0]
            columns.append(type_coerce(key, key.type).label(f"v{number}"))
            columns.append(func.row_number().over(order_by=key).label(f"r{number}"))
        line = select(*columns).select_from(self._few).where(*self._members(kind)).subquery("line").c
        ends, slack = [], line.n // _SHARE + _MORE
        for number, one in lines.items():
            value, row = line[f"v{number}"], line[f"r{number}"]
            ends.append(func.max(value).filter(row == one.place - slack).label(f"low{number}"))
            ends.append(func.max(value).filter(row == one.place + slack).label(f"high{number}"))
        return select(*ends).cte(f"{self._source}_near{kind}")

    def _counted(self, kind: int) -> CTE:
        """One row: how many stand in these lines, and of them below and up to each mark's neighbours."""
        columns, near = [func.count().label("n")], self._near[kind].c
        for number, line in self._of(kind).items():
            key, low, high = line.keys[0], near[f"low{number}"], near[f"high{number}"]
            columns.append(func.count().filter(key < low).label(f"below{number}"))
            columns.append(func.count().filter(key <= high).label(f"up_to{number}"))
        there = type_coerce(unindexed(self._rows.c.there), Boolean)
        looked = select(*columns).select_from(self._near[kind].join(self._rows, true()))
        return looked.where(*self._members(kind), there).cte(f"{self._source}_count{kind}")

    def _mark(self, number: int) -> CTE:
        """One row with the keys of whoever stands at the place: an aggregate always has one."""
        line, way = self._lines[number], self._written(self._way(number)).alias("way")
        keys = [type_coerce(key, key.type).label(f"k{k}") for k, key in enumerate(line.keys)]
        first = line.keys[0]
        low, high = (select(way.c[end]).scalar_subquery() for end in ("low", "high"))
        rows = (
            select(*keys)
            .select_from(self._rows)
            .where(
                *line.members,
                self._rows.c.there,
                first >= coalesce(low, first),
                first <= coalesce(high, first),
            )
        )
        skipped = select(way.c.skipped).scalar_subquery()
        found = rows.order_by(*line.keys).limit(1).offset(skipped).subquery("found")
        mark = select(*(func.max(key).label(key.name) for key in found.c)).cte(f"{self._source}_mark{number}")
        # Or PostgreSQL writes what is used once into the place of its use, and looks again for each customer.
        return mark.prefix_with("MATERIALIZED", dialect="postgresql")

    def _way(self, number: int) -> CTE:
        """One row: who is to be sorted, from `low` to `high`, and past how many of them the mark is."""
        kind = self._classes[number]
        count, near = self._count[kind].c, self._near[kind].c
        known = {
            "n": count.n,
            "low": near[f"low{number}"],
            "high": near[f"high{number}"],
            "below": count[f"below{number}"],
            "up_to": count[f"up_to{number}"],
        }
        columns = (one.label(name) for name, one in known.items())
        line = select(*columns).select_from(self._near[kind].join(self._count[kind], true())).subquery("line")
        placed = select(line, self._lines[number].place.label("place")).subquery("placed").c
        between = and_(placed.below < placed.place, or_(placed.high.is_(None), placed.up_to >= placed.place))
        ends = (case((between, placed[end])).label(end) for end in ("low", "high"))
        skipped = placed.place - 1 - case((between, placed.below), else_=0)
        return select(*ends, skipped.label("skipped")).cte(f"{self._source}_way{number}")


def named(made: CTE) -> TableClause:
    """The same by its name alone: SQLAlchemy would write the whole of it wherever it is used."""
    return table(made.name, *(column(one.name, one.type) for one in made.c))


def _classes(lines: Sequence[Line]) -> list[int]:
    """For each line a number, the same for those in which the same customers stand."""
    kinds: list[Line] = []
    numbers = []
    for line in lines:
        number = next((n for n, one in enumerate(kinds) if one.alike(line)), len(kinds))
        if number == len(kinds):
            kinds.append(line)
        numbers.append(number)
    return numbers
