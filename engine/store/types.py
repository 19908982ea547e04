"""Column types and SQL elements that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Double,
    String,
    Text,
    TypeDecorator,
    cast,
    literal,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from engine.text import fold

#: Before everything: the date of facts that were "always there".
ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(milliseconds=1)


def to_millis(instant: datetime) -> int:
    """Whole milliseconds since 1970, floor."""
    return (instant - _EPOCH) // _TICK


def from_millis(millis: int) -> datetime:
    """The aware UTC instant that many milliseconds after 1970."""
    return _EPOCH + millis * _TICK


class Instant(TypeDecorator[datetime]):
    """Aware UTC, in milliseconds: `timestamptz` on PostgreSQL, an integer on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        millis = to_millis(value)
        return from_millis(millis) if dialect.name == "postgresql" else millis

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return from_millis(value) if isinstance(value, int) else value.astimezone(UTC)


class Plain(TypeDecorator[Any]):
    """JSON, kept readable: `jsonb` on PostgreSQL, text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return json.loads(value) if isinstance(value, str) and dialect.name != "postgresql" else value


#: Ids compare bytewise on both databases.
ByteText = String().with_variant(String(collation="C"), "postgresql")


class folded(FunctionElement[str]):
    """A text in the form in which texts compare; the SQL twin of `engine.text.fold`."""

    inherit_cache = True
    type = String()


_FROM = (
    "يك\u200c٫٬" + "".join(chr(0x06F0 + n) for n in range(10)) + "".join(chr(0x0660 + n) for n in range(10))
)
_TO = "یک .," + "0123456789" * 2
_FOLDS = re.compile(f"[{re.escape(_TO)}]")


@compiles(folded, "sqlite")
def _folded_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    # As many bytes as characters: ASCII, which needs no folding; asking is five times cheaper than GLOB.
    other = f"length(CAST({text} AS BLOB)) <> length({text})"
    return f"CASE WHEN {other} THEN rekindle_fold({text}) ELSE {text} END"


@compiles(folded, "postgresql")
def _folded_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    whole = f"translate(normalize({text}), '{_FROM}', '{_TO}')"
    return f"CASE WHEN octet_length({text}) <> length({text}) THEN {whole} ELSE {text} END"


def called(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column says that name, as texts compare. A plain Latin word has only one spelling."""
    if name.isascii() and not _FOLDS.search(name):
        return column == name
    return folded(column) == fold(name)


class position(FunctionElement[int]):
    """Where the second text begins in the first, from 1; 0 when it is not there. Minds case."""

    inherit_cache = True
    type = BigInteger()


@compiles(position, "sqlite")
def _position_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(position, "postgresql")
def _position_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


class millis_between(FunctionElement[int]):
    """Whole milliseconds from the first instant to the second; exact, and on PostgreSQL of any size."""

    inherit_cache = True
    type = BigInteger()


@compiles(millis_between, "sqlite")
def _millis_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({second} - {first})"


@compiles(millis_between, "postgresql")
def _millis_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(extract(epoch from ({second} - {first})) * 1000)"


class random_id(FunctionElement[str]):
    """A fresh unguessable id for each row, made by the database without a sequence."""

    inherit_cache = True
    type = String()


@compiles(random_id, "sqlite")
def _random_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return "lower(hex(randomblob(16)))"


@compiles(random_id, "postgresql")
def _random_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return "replace(gen_random_uuid()::text, '-', '')"


class noted(FunctionElement[str]):
    """One reading of a noted value, as text: `noted(column, name, READINGS["number"])`."""

    inherit_cache = True
    type = String()


#: Where each reading of a noted value stands: the text as given, a number, an instant in milliseconds.
READINGS = {"text": 0, "number": 1, "at": 2}


@compiles(noted, "sqlite")
def _noted_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    column, name, index = (compiler.process(clause, **kw) for clause in element.clauses)
    # A path of our own: `->` would read a name such as `2fa` or `a.b` as one.
    return f"""json_extract({column}, '$."' || {name} || '"[{index}]')"""


@compiles(noted, "postgresql")
def _noted_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    column, name, index = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(({column} -> {name}) ->> {index})"


def note_text(column: ColumnElement[Any], name: str) -> ColumnElement[str]:
    """The value's text, as it was given; NULL when the customer has none of that name."""
    return noted(column, literal(name), literal_column(str(READINGS["text"])))


def note_number(column: ColumnElement[Any], name: str) -> ColumnElement[float]:
    """The value read as a number; NULL when it cannot be."""
    return cast(noted(column, literal(name), literal_column(str(READINGS["number"]))), Double)


def note_millis(column: ColumnElement[Any], name: str) -> ColumnElement[int]:
    """The value read as an instant, in milliseconds since 1970; NULL when it cannot be."""
    return cast(noted(column, literal(name), literal_column(str(READINGS["at"]))), BigInteger)


class unindexed(FunctionElement[str]):
    """A column that SQLite shall not build an index on: it then scans it, and looks the other side up."""

    inherit_cache = True
    type = String()

    def __init__(self, column: ColumnElement[str]) -> None:
        super().__init__(column)


@compiles(unindexed, "sqlite")
def _unindexed_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"


@compiles(unindexed, "postgresql")
def _unindexed_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))
