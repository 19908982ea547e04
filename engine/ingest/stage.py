"""Rows in a temporary table, so that every statement after it is about a set.

Filled the fastest way each database has: the driver's own `executemany` on SQLite, COPY on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    Select,
    Table,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from engine.store.types import Instant, Plain

Values = Mapping[str, ColumnElement[Any]]


class instant(FunctionElement[Any]):
    """Staged milliseconds as the store keeps instants."""

    inherit_cache = True
    type = Instant()


@compiles(instant, "sqlite")
def _instant_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(instant, "postgresql")
def _instant_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    millis = compiler.process(element.clauses, **kw)
    return f"('epoch'::timestamptz + {millis} * interval '1 millisecond')"


class merged(FunctionElement[Any]):
    """A JSON object with the keys of a staged one put over it; a null takes its key away."""

    inherit_cache = True
    type = Plain()


@compiles(merged, "sqlite")
def _merged_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    old, new = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"json_patch(coalesce({old}, '{{}}'), {new})"


@compiles(merged, "postgresql")
def _merged_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    old, new = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"jsonb_strip_nulls(coalesce({old}::jsonb, '{{}}'::jsonb) || {new}::jsonb)"


class Stage:
    """A temporary table; as a context it goes with its block, else with its connection."""

    def __init__(self, connection: Connection, name: str, columns: Mapping[str, TypeEngine[Any]]) -> None:
        self.connection = connection
        parts = [Column(column, type_) for column, type_ in columns.items()]
        self.table = Table(f"incoming_{name}", MetaData(), *parts, prefixes=["TEMPORARY"])
        self.c = self.table.c

    def __enter__(self) -> Stage:
        self.table.create(self.connection, checkfirst=False)
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:  # a failed transaction takes it away by itself
            self.table.drop(self.connection, checkfirst=False)

    def keep_last(self, key: Sequence[str]) -> None:
        """Of several rows with one key leaves the one with the highest `row`, the last in the file."""
        names = [self.c[name] for name in key]
        several = select(literal(1)).select_from(self.table).group_by(*names).having(func.count() > 1)
        if self.connection.scalar(several.limit(1)) is not None:
            last = select(func.max(self.c.row)).group_by(*names)
            self.connection.execute(delete(self.table).where(self.c.row.not_in(last)))

    def ready(self) -> None:
        """Tells PostgreSQL what is in here, so that it plans by it."""
        if self.connection.dialect.name != "sqlite":
            self.connection.exec_driver_sql(f'ANALYZE "{self.table.name}"')

    def clear(self) -> None:
        self.connection.execute(delete(self.table))

    def fill(self, columns: Sequence[Sequence[Any]]) -> None:
        """Puts the rows in; instants as milliseconds, JSON as text."""
        names = ", ".join(f'"{column.name}"' for column in self.table.columns)
        rows = zip(*columns, strict=True)
        if self.connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(columns))
            statement = f'INSERT INTO "{self.table.name}" ({names}) VALUES ({marks})'
            if filled := list(rows):
                self.connection.exec_driver_sql(statement, filled)
        else:
            self._copy(f'COPY "{self.table.name}" ({names}) FROM STDIN', rows)

    def _copy(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        driver: Any = self.connection.connection.dbapi_connection
        dbapi: Any = self.connection.dialect.dbapi
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except dbapi.OperationalError as error:  # SQLAlchemy knows nothing of COPY
            raise OperationalError(statement, None, error) from error


def any_match(stage: Stage, there: Table, name: str) -> bool:
    """Whether the store has a row whose column `name` is one of the staged."""
    joined = select(there.c[name]).join_from(stage.table, there, there.c[name] == stage.c[name])
    return stage.connection.scalar(joined.limit(1)) is not None


def add(stage: Stage, into: Table, values: Values, source: FromClause | None = None) -> None:
    """New rows, where it is known that none of them is there: ON CONFLICT costs PostgreSQL as much again."""
    stage.connection.execute(insert(into).from_select(list(values), _rows(stage, values, source)))


def upsert(
    stage: Stage, into: Table, key: Sequence[str], values: Values, source: FromClause | None = None
) -> None:
    """New rows are added; those whose key is there are changed where they differ.

    The stage, or `source` where it is joined to something, must hold each key once.
    """
    adding = sqlite.insert if stage.connection.dialect.name == "sqlite" else postgresql.insert
    statement: Any = adding(into).from_select(list(values), _rows(stage, values, source))
    new = {name: statement.excluded[name] for name in values if name not in key}
    differs = [into.c[name].is_distinct_from(value) for name, value in new.items()]
    if new:
        statement = statement.on_conflict_do_update(index_elements=list(key), set_=new, where=or_(*differs))
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(key))
    stage.connection.execute(statement)


def _rows(stage: Stage, values: Values, source: FromClause | None) -> Select[Any]:
    rows = select(*(value.label(name) for name, value in values.items()))
    # In the order of the clustered key each page of a large table is visited once, not once a row.
    ordered = values.get("customer_id", next(iter(values.values())))
    return rows.select_from(stage.table if source is None else source).where(true()).order_by(ordered)
