"""Facts: what rules want to know of history, collected from all rules and computed in one pass a table.

A condition asks `scope.facts` for an aggregate and gets a column to write its predicate with. The
compiler then makes one grouped pass for each source, whatever the number of rules that asked, and
joins it to the customers once. Equal questions are one column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnClause,
    ColumnElement,
    FromClause,
    Select,
    String,
    Table,
    and_,
    cast,
    distinct,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.sql import visitors
from sqlalchemy.types import TypeEngine

from engine.rules.marks import Marks, named
from engine.rules.standings import Line
from engine.store.types import ByteText, unindexed

Where = tuple[ColumnElement[bool], ...]
#: Some customers: their ids, or a statement that finds them where a list would be long.
Few = Sequence[str] | Select[Any]


@dataclass(frozen=True, eq=False)
class Source:
    """A table of history that is read grouped by customer.

    `there` says which rows exist at an `as_of`. `extras` are joined only where a question uses them,
    and `last`, which every row needs, after them. A `selective` source is read through the questions'
    own filters, which let few rows pass; where it is `scattered` too, its rows do not lie by customer, and
    are read as they lie. `people` says whose rows count where customers are compared.
    """

    name: str
    rows: FromClause
    customer_id: ColumnElement[str]
    there: Callable[[datetime], Sequence[ColumnElement[bool]]] = lambda as_of: ()
    extras: tuple[tuple[Table, ColumnElement[bool]], ...] = ()
    last: tuple[Table, ColumnElement[bool]] | None = None
    selective: bool = False
    scattered: bool = False
    people: Callable[[datetime], ColumnElement[bool]] = lambda as_of: true()


class FactColumn(ColumnClause[Any]):
    """An aggregate's place in the joined statement; NULL for a customer without such rows."""

    inherit_cache = True

    def __init__(self, source: str, name: str, type_: TypeEngine[Any]) -> None:
        super().__init__(f"{source}.{name}", type_, is_literal=True)
        self.source = source


def whose(source: Source) -> FactColumn:
    """The id of the customer whose facts these are."""
    return FactColumn(f"{source.name}_facts", "customer_id", ByteText)


@dataclass(eq=False)
class _Question:
    """One aggregate over the rows that pass all of `where`."""

    name: str
    aggregate: Any
    where: Where

    def same(self, aggregate: Any, where: Where) -> bool:
        """Both ways, because a rule may say one thing twice: `currency` and `where: {currency: ...}`."""
        return (
            bool(self.aggregate.compare(aggregate))
            and all(_among(one, where) for one in self.where)
            and all(_among(one, self.where) for one in where)
        )


@dataclass(eq=False)
class _Pass:
    """What is asked of one source: a column for each question, and marks from comparing what comes of it."""

    source: Source
    questions: list[_Question] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


class Facts:
    """Collects what the rules of one statement ask of history."""

    def __init__(self) -> None:
        self._passes: dict[str, _Pass] = {}
        self._tables: list[tuple[str, Select[Any]]] = []

    def count(self, source: Source, *where: ColumnElement[bool]) -> ColumnElement[int]:
        """How many rows pass; 0 for none."""
        return _never_null(self._ask(source, func.count(), where))

    def count_distinct(
        self, source: Source, column: ColumnElement[Any], *where: ColumnElement[bool]
    ) -> ColumnElement[int]:
        """How many different values the rows that pass have; 0 for none."""
        return _never_null(self._ask(source, func.count(distinct(column)), where))

    def total(
        self, source: Source, column: ColumnElement[int], *where: ColumnElement[bool]
    ) -> ColumnElement[int]:
        """The sum over the rows that pass; 0 for none."""
        return _never_null(self._ask(source, func.sum(column, type_=BigInteger), where))

    def earliest(
        self, source: Source, column: ColumnElement[datetime], *where: ColumnElement[bool]
    ) -> ColumnElement[datetime]:
        """The smallest value among the rows that pass; NULL for none."""
        return self._ask(source, func.min(column), where)

    def latest(
        self, source: Source, column: ColumnElement[datetime], *where: ColumnElement[bool]
    ) -> ColumnElement[datetime]:
        """The greatest value among the rows that pass; NULL for none."""
        return self._ask(source, func.max(column), where)

    def mark(self, source: Source, line: Line) -> tuple[FactColumn, ...]:
        """The keys of whoever stands at the line's place, the same for every customer.

        The line is made of other facts of that source, which must have been asked, and `whose(source)`.
        """
        lines = self._passes[f"{source.name}_facts"].lines
        number = next((n for n, one in enumerate(lines) if one.same(line)), len(lines))
        if number == len(lines):
            lines.append(line)
        name = f"{source.name}_mark{number}"
        return tuple(FactColumn(name, f"k{k}", key.type) for k, key in enumerate(line.keys))

    def joined(self, name: str, rows: Select[Any]) -> Mapping[str, FactColumn]:
        """The columns of a statement that has at most one row for each `customer_id`.

        For what no single aggregate says: a latest row, a rank. `name` is for whoever reads the SQL.
        """
        found = next((alias for alias, other in self._tables if other.compare(rows)), None)
        if found is None:
            found = f"{name}_{len(self._tables)}"
            self._tables.append((found, rows))
        columns = rows.selected_columns
        return {column.name: FactColumn(found, column.name, column.type) for column in columns}

    def _ask(self, source: Source, aggregate: Any, where: Where) -> FactColumn:
        name = f"{source.name}_facts"
        questions = self._passes.setdefault(name, _Pass(source)).questions
        found = next((one for one in questions if one.same(aggregate, where)), None)
        if found is None:
            found = _Question(f"f{len(questions)}", aggregate, where)
            questions.append(found)
        return FactColumn(name, found.name, aggregate.type)

    def tables(self, as_of: datetime, only: Few | None = None) -> Tables:
        """What the statement has to join: a grouped pass for each source, first.

        `only` these customers' rows are read, where they are given; what compares customers with one
        another still reads everybody's.
        """
        found = Tables()
        for name, one in self._passes.items():
            if one.lines:
                _compared(one, name, as_of, found)
            else:
                found.each.append((name, _grouped(one, as_of, only).subquery(name)))
        found.each.extend((name, _only(rows, only).subquery(name)) for name, rows in self._tables)
        return found


@dataclass
class Tables:
    """What a statement joins to the customers: `each` by `customer_id`, `marks` of one row for all."""

    each: list[tuple[str, FromClause]] = field(default_factory=list)
    marks: list[FromClause] = field(default_factory=list)
    _first: list[CTE] = field(default_factory=list)

    def before(self, rows: FromClause) -> FromClause:
        """The rows, each with all marks, which stand first: SQLite reads what stands later for each row."""
        return reduce(lambda joined, one: joined.join(one, true()), [*self.marks, rows])

    def within(self, statement: Select[Any]) -> Select[Any]:
        """The statement with what is computed first, once."""
        return statement.add_cte(*self._first, nest_here=True) if self._first else statement


def _never_null(column: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(column, 0)


def _only(rows: Select[Any], only: Few | None) -> Select[Any]:
    """The rows of those customers; both databases look nobody else up where that changes nothing."""
    if only is None:
        return rows
    everybody = rows.subquery()
    return select(everybody).where(everybody.c.customer_id.in_(only))


def _compared(one: _Pass, name: str, as_of: datetime, found: Tables) -> None:
    """A pass that is computed once, and read again for its marks: everybody's, to compare them."""
    source = one.source.name
    there = one.source.people(as_of).label("there")
    groups = _grouped(one, as_of, None).add_columns(there).cte(f"{source}_groups")
    marks = Marks(groups, name, source, one.lines)
    found.each.append((name, named(groups).alias(name)))
    found.marks += marks.found
    found._first += marks.first


def _grouped(one: _Pass, as_of: datetime, only: Few | None) -> Select[Any]:
    source, questions = one.source, one.questions
    shared = _shared([question.where for question in questions])
    own = [_texts_last(c for c in question.where if not _among(c, shared)) for question in questions]
    columns = [
        _whole(question.aggregate.filter(*rest) if rest else question.aggregate).label(question.name)
        for question, rest in zip(questions, own, strict=True)
    ]
    where = [*source.there(as_of), *shared]
    if only is not None:
        where.append(source.customer_id.in_(only))
    if source.selective and all(own):
        where.append(or_(*(and_(*rest) for rest in own)))
    rows = _joined(source, [*columns, *where])
    passed = select(source.customer_id.label("customer_id"), *columns).select_from(rows).where(*where)
    scan = source.scattered and only is None
    return passed.group_by(unindexed(source.customer_id) if scan else source.customer_id)


def _texts_last(where: Iterable[ColumnElement[bool]]) -> Where:
    """Databases stop at the first that fails: a date in a window often does, and a text takes longest."""
    return tuple(sorted(where, key=lambda one: any(_is_text(part) for part in visitors.iterate(one))))


def _is_text(part: Any) -> bool:
    return isinstance(getattr(part, "type", None), String)


def _whole(aggregate: ColumnElement[Any]) -> ColumnElement[Any]:
    """PostgreSQL adds whole numbers up to a numeric, which it sorts slowly and divides with decimals."""
    return cast(aggregate, BigInteger) if isinstance(aggregate.type, BigInteger) else aggregate


def _shared(wheres: Sequence[Where]) -> Where:
    """The filters that every question has: they go to the pass itself."""
    return tuple(one for one in wheres[0] if all(_among(one, other) for other in wheres[1:]))


def _among(one: ColumnElement[bool], others: Where) -> bool:
    return any(one is other or one.compare(other) for other in others)


def _joined(source: Source, expressions: Sequence[ColumnElement[Any]]) -> FromClause:
    used = {getattr(part, "table", None) for one in expressions for part in visitors.iterate(one)}
    rows = source.rows
    for extra, condition in source.extras:
        if extra in used:
            rows = rows.outerjoin(extra, condition)
    return rows.join(*source.last) if source.last else rows
