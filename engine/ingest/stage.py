"""Rows in a temporary table, so that every statement after it is about a set.

Filled the fastest way each database has: the driver's own `executemany` on SQLite, COPY on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import compress
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Double,
    FromClause,
    Integer,
    MetaData,
    Select,
    Table,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
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
    if old == "NULL":
        return f"jsonb_strip_nulls({new}::jsonb)"
    return f"jsonb_strip_nulls(coalesce({old}::jsonb, '{{}}'::jsonb) || {new}::jsonb)"


class Stage:
    """A temporary table; as a context it goes with its block, else with its connection.

    A store that takes rows into Python one by one does so in its `turn`. SQLite lets go of the interpreter
    at every row, and a thread that is busy reading gives it back milliseconds later.
    """

    def __init__(
        self,
        connection: Connection,
        name: str,
        columns: Mapping[str, TypeEngine[Any]],
        turn: AbstractContextManager[Any] | None = None,
    ) -> None:
        self.connection = connection
        self.turn = turn or nullcontext()
        self.fresh = False  # whether it is known that the store has none of the rows
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
        last = select(func.max(self.c.row)).group_by(*(self.c[name] for name in key))
        self.connection.execute(delete(self.table).where(self.c.row.not_in(last)))

    def ready(self) -> None:
        """Tells PostgreSQL what is in here, so that it plans by it."""
        if self.connection.dialect.name != "sqlite":
            names = [column.name for column in self.table.columns]
            ids = ", ".join(name for name in names if name.endswith("_id"))
            self.connection.exec_driver_sql(f'ANALYZE "{self.table.name}"' + (f" ({ids})" if ids else ""))

    def clear(self) -> None:
        if self.connection.dialect.name == "sqlite":
            self.connection.execute(delete(self.table))
        else:
            self.connection.exec_driver_sql(f'TRUNCATE "{self.table.name}"')

    def fill(self, columns: Sequence[Sequence[Any]]) -> None:
        """Puts the rows in, instants as milliseconds, JSON as text; columns without a value are left out.

        It is the driver's own work, and touches nothing but this table: on SQLite it waits for no writer.
        """
        rows = len(columns[0])
        if not rows:
            return
        told = [column.count(None) < rows for column in columns]
        parts = list(compress(self.table.columns, told))
        names = ", ".join(f'"{column.name}"' for column in parts)
        values = zip(*compress(columns, told), strict=True)
        driver: Any = self.connection.connection.dbapi_connection
        if self.connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(parts))
            statement = f'INSERT INTO "{self.table.name}" ({names}) VALUES ({marks})'
            with self._faults(statement):
                _many(driver, statement, values)
        else:
            statement = f'COPY "{self.table.name}" ({names}) FROM STDIN (FORMAT BINARY)'
            types = [_binary(column.type) for column in parts]
            with self._faults(statement):
                _copy(driver, statement, types, values)

    @contextmanager
    def _faults(self, statement: str) -> Iterator[None]:
        """The driver's faults as SQLAlchemy's, which knows nothing of what goes past it."""
        dbapi: Any = self.connection.dialect.dbapi
        try:
            yield
        except dbapi.OperationalError as error:
            raise OperationalError(statement, None, error) from error


def _many(driver: Any, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """In a transaction of its own unless there is one: not SQLAlchemy's, which would lock the store."""
    if driver.in_transaction:
        driver.executemany(statement, rows)
        return
    driver.execute("BEGIN")
    try:
        driver.executemany(statement, rows)
    except BaseException:
        driver.execute("ROLLBACK")
        raise
    driver.execute("COMMIT")


def _binary(kind: TypeEngine[Any]) -> str:
    """PostgreSQL's own name of a staged column's type."""
    if isinstance(kind, Integer):
        return "int8" if isinstance(kind, BigInteger) else "int4"
    return "float8" if isinstance(kind, Double) else "text"


def _copy(driver: Any, statement: str, types: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Binary COPY, which takes half the time of its text."""
    with driver.transaction(), driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def any_match(stage: Stage, there: Table, name: str) -> bool:
    """Whether the store has a row whose column `name` is one of the staged."""
    stage.fresh = not _any_match(stage, there, name)
    if not stage.fresh:
        stage.ready()
    return not stage.fresh


def _any_match(stage: Stage, there: Table, name: str) -> bool:
    first, last = stage.connection.execute(select(func.min(stage.c[name]), func.max(stage.c[name]))).one()
    near = select(there.c[name]).where(there.c[name] >= first, there.c[name] <= last)
    if stage.connection.scalar(near.limit(1)) is None:  # ids mostly grow: then one look is enough
        return False
    joined = select(there.c[name]).join_from(stage.table, there, there.c[name] == stage.c[name])
    return stage.connection.scalar(joined.limit(1)) is not None


def listed(stage: Stage, name: str) -> Any:
    """The texts of a staged JSON list, to be joined to its row: a table of one column, `value`."""
    if stage.connection.dialect.name == "sqlite":
        return func.json_each(stage.c[name]).table_valued("value")
    return func.jsonb_array_elements_text(cast(stage.c[name], JSONB)).table_valued("value")


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
