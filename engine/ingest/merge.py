"""From batches of a file into the store: staged as they come, merged some hundred thousand at once.

A large table clustered by customer has some of every batch on nearly every page. Merged in large, sorted
pieces a page is written once for many rows: twice as fast as batch by batch.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from sqlalchemy import func, select

from engine.errors import YoursToFix
from engine.ingest.kind import WHOLE, Kind, Present
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage
from engine.ingest.tally import Tally
from engine.store.database import Database

#: PostgreSQL's advisory lock with which imports take turns, merge by merge, as they do on SQLite.
_ONE_AT_A_TIME = 8_246_161_001


class Merge:
    """Holds a connection, and on it the stage, while a file is read.

    Where reading ends with a fault of the file, what came before it is merged all the same.
    """

    def __init__(self, database: Database, kind: Kind, tally: Tally) -> None:
        self.database = database
        self.kind = kind
        self.tally = tally
        self.rows = 0
        self.present: Present = frozenset()

    def __enter__(self) -> Self:
        with ExitStack() as held:
            self.connection = held.enter_context(self.database.hold())
            self.stage = Stage(self.connection, "rows", {**self.kind.staged, "row": WHOLE})
            with self.connection.begin():
                self.stage.table.create(self.connection, checkfirst=False)
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and not issubclass(kind, YoursToFix):
            self._held.__exit__(kind, error, trace)  # where a fault of the store becomes a sentence
            return
        with self._held:
            self._merge()

    def take(self, sheet: Sheet, faults: Iterable[tuple[int, str]]) -> None:
        """Reads a batch and stages what can be read; merges when there is enough."""
        for number, fault in faults:
            self.tally.read += 1
            self.tally.leave_out(number, fault, fault)
        if not len(sheet):
            return
        if self.present != sheet.columns.keys():
            self._merge()
            self.present = frozenset(sheet.columns)
        staged = self.kind.read(sheet)
        self.tally.read += len(sheet)
        self.tally.kept += len(staged[0])
        self.rows += len(staged[0])
        with self.connection.begin():
            self.stage.fill(staged)
        if self.rows >= self.kind.at_once:
            self._merge()

    def _merge(self) -> None:
        """What is staged, in one transaction."""
        if not self.rows:
            return
        with self.connection.begin():
            if self.connection.dialect.name != "sqlite":
                self.connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            if self.kind.key:
                self.stage.keep_last(self.kind.key)
            self.stage.ready()
            self.kind.store(self.stage, self.present, self.tally)
            self.stage.clear()
        self.rows = 0
