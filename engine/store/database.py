"""Opening the store: one file of SQLite, or PostgreSQL by URL; for reading only, or for writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError
from sqlmodel import SQLModel

from engine.errors import TryAgain, YoursToFix
from engine.text import fold

#: How long a writer waits for another one before it gives up.
BUSY_SECONDS = 60


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model: what statements are written with."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found


class Database:
    """The store. `read()` cannot change it, by the database's own guarantee; `write()` is one
    transaction, serialised on SQLite from its first statement.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url: URL = make_url(url)
        except ArgumentError:
            raise YoursToFix(f"database.url {url!r} is not a URL; write sqlite:///rekindle.db") from None
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise YoursToFix("database.url must begin with sqlite:/// or postgresql://")
        self._writer: Engine | None = None
        self._reader: Engine | None = None

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None."""
        return Path(self.url.database or "") if self.is_sqlite else None

    @property
    def exists(self) -> bool:
        """Whether there is a store to open. PostgreSQL is asked by connecting to it."""
        return self.path is None or self.path.is_file()

    @property
    def writer(self) -> Engine:
        if self._writer is None:
            self._writer = _sqlite(self.url, "rwc") if self.is_sqlite else _postgresql(self.url)
        return self._writer

    @property
    def reader(self) -> Engine:
        if self._reader is None:
            self._reader = _sqlite(self.url, "ro") if self.is_sqlite else self.writer
        return self._reader

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may change things."""
        with _told(), self.writer.begin() as connection:
            yield connection

    @contextmanager
    def hold(self) -> Iterator[Connection]:
        """A connection of one's own for several transactions; its temporary tables go with it."""
        with _told(), self.writer.connect() as connection:
            connection.detach()
            yield connection

    @contextmanager
    def read(self, *temporary: Table) -> Iterator[Connection]:
        """One consistent look at the store that cannot change it.

        `temporary` tables are made first; they may be filled, and are gone afterwards.
        """
        with _told(), self.reader.connect() as connection, connection.begin() as transaction:
            if not self.is_sqlite:
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            for one in temporary:
                one.create(connection, checkfirst=False)
            if not self.is_sqlite:
                connection.execute(text("SET TRANSACTION READ ONLY"))
            yield connection
            transaction.rollback()

    def close(self) -> None:
        for engine in (self._writer, self._reader):
            if engine is not None:
                engine.dispose()
        self._writer = self._reader = None


#: PostgreSQL: serialization failure, deadlock, lock timeout, and a server that goes down or comes up.
_PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}


_DAMAGED = (
    "the store is damaged: stop what uses it, keep a copy of its file, and restore a backup "
    "(`rekindle doctor` tells where; docs/operations.md tells how)"
)


@contextmanager
def _told() -> Iterator[None]:
    """Faults of the store in a sentence, with what to do."""
    try:
        yield
    except OperationalError as error:
        raise _translated(error) from error
    except DatabaseError as error:
        if "malformed" in str(error.orig):
            raise YoursToFix(_DAMAGED) from error
        if "file is not a database" not in str(error.orig):
            raise
        raise YoursToFix(
            "database.url in config.yaml names a file that is not a store of rekindle"
        ) from error


def _translated(error: DBAPIError) -> Exception:
    what = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    lowered = what.lower()
    if getattr(error.orig, "sqlstate", None) in _PASSING or error.connection_invalidated:
        return TryAgain("the store was not to be had for a moment; nothing was lost, try again")
    if "locked" in lowered or "busy" in lowered:
        return TryAgain("the store is busy with another rekindle; nothing was lost, try again")
    if "readonly" in lowered:  # its reader writes, too: SQLite keeps two files beside the store
        return TryAgain(f"the store cannot be written: {what}; look at the rights to its file and its folder")
    if "full" in lowered or "i/o error" in lowered or "no space left" in lowered:
        return TryAgain(f"the store cannot be written: {what}")
    if error.statement is None or "unable to open" in lowered or "connection" in lowered:
        return YoursToFix(f"the store cannot be opened: {what}; look at database.url in config.yaml")
    return error


def _sqlite(url: URL, mode: str) -> Engine:
    file = Path(url.database or "").absolute()

    def connect() -> sqlite3.Connection:
        uri = f"{file.as_uri()}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)
        connection.isolation_level = None
        connection.create_function("rekindle_fold", 1, _fold_or_none, deterministic=True)
        for pragma in ("foreign_keys=ON", "synchronous=FULL", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
        if mode != "ro":
            connection.execute("PRAGMA journal_mode=WAL")
        return connection

    # Parameters are people's data, and errors end in logs.
    engine = create_engine("sqlite://", creator=connect, poolclass=_sqlite_pool(), hide_parameters=True)
    begin = "BEGIN" if mode == "ro" else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _sqlite_pool() -> Any:
    from sqlalchemy.pool import QueuePool

    return QueuePool


def _fold_or_none(value: Any) -> Any:
    return fold(value) if isinstance(value, str) else value


def _postgresql(url: URL) -> Engine:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise YoursToFix("PostgreSQL needs psycopg: pip install 'rekindle[postgres]'") from None
    return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)
