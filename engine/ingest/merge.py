"""From batches of a file into the store: staged as they come, merged some hundred thousand at once.

A large table clustered by customer has some of every batch on nearly every page. Merged in large, sorted
pieces a page is written once for many rows: twice as fast as batch by batch. There are two stages, each on
a connection of its own: the next rows are read into one while the database merges the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from threading import Lock
from types import TracebackType
from typing import Self

from sqlalchemy import func, select

from engine.errors import Stopped, YoursToFix
from engine.ingest.kind import WHOLE, Kind, Present
from engine.ingest.repeats import Repeats
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage
from engine.ingest.tally import Tally
from engine.store.database import Database

#: PostgreSQL's advisory lock with which imports take turns, merge by merge, as they do on SQLite.
_ONE_AT_A_TIME = 8_246_161_001


class Merge:
    """Holds the stages while a file is read. A fault of a merge is told when the next one begins.

    Where reading ends with a fault of the file, what came before it is merged all the same.
    """

    def __init__(self, database: Database, kind: Kind, tally: Tally) -> None:
        self.database = database
        self.kind = kind
        self.tally = tally
        self.rows = 0  # staged
        self.merged = 0
        self.present: Present = frozenset()
        self.keys = [list(kind.staged).index(name) for name in kind.key]
        self.repeated = 0  # rows whose key came again within one merge
        self.known = False  # whether the store may have had some of the rows before their merge
        self._turn = Lock()
        self._other: Stage | None = None
        self._under_way: Future[None] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as held:
            self.repeats = held.enter_context(closing(Repeats()))
            self._worker = ThreadPoolExecutor(1, "merge")
            self._connections = held.enter_context(ExitStack())
            held.enter_context(self._worker)  # at the end it is waited for, then the connections go
            self.stage = self._new()
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and not issubclass(kind, YoursToFix):
            self._held.__exit__(kind, error, trace)  # where a fault of the store becomes a sentence
            if isinstance(error, KeyboardInterrupt):
                done = f"stopped; {self.merged:,} rows are in the store"
                raise Stopped(f"{done}, and to import the file again is harmless") from None
            return
        with self._held:
            self._settle()
            if self.rows:
                self._merge(self.stage, self.present, self.rows, self._twice())
            self.tally.repeated = self.repeats.count() if self.known else self.repeated
        if error is not None and self.tally.kept:
            raise YoursToFix(f"{error}; {_before(self.tally.kept)}") from None

    def _new(self) -> Stage:
        connection = self._connections.enter_context(self.database.hold())
        turn = self._turn if self.database.is_sqlite else None
        stage = Stage(connection, "rows", {**self.kind.staged, "row": WHOLE}, turn)
        with connection.begin():
            stage.table.create(connection, checkfirst=False)
        return stage

    def take(self, sheet: Sheet, faults: Iterable[tuple[int, str]]) -> None:
        """Reads a batch and stages what can be read; has it merged when there is enough."""
        for number, fault in faults:
            self.tally.read += 1
            self.tally.leave_out(number, fault, fault)
        if not len(sheet):
            return
        if self.present != sheet.columns.keys():
            self._hand_over()
            self.present = frozenset(sheet.columns)
        with self._turn:
            self._stage(sheet)
        if self.rows >= self.kind.at_once:
            self._hand_over()

    def _stage(self, sheet: Sheet) -> None:
        staged = self.kind.read(sheet)
        keys = [staged[place] for place in self.keys]
        self.repeats.add(keys[0] if len(keys) == 1 else zip(*keys, strict=True))
        self.tally.read += len(sheet)
        self.tally.kept += len(staged[0])
        self.rows += len(staged[0])
        self.stage.fill(staged)

    def _hand_over(self) -> None:
        """Has the rows merged that are staged, and takes the other stage to read into."""
        if not self.rows:
            return
        self._settle()
        full, self.stage = self.stage, self._other or self._new()
        self._other = full
        self._under_way = self._worker.submit(self._merge, full, self.present, self.rows, self._twice())
        self.rows = 0

    def _twice(self) -> bool:
        """Whether a key is staged more than once."""
        repeated = self.repeats.end_run()
        self.repeated += repeated
        return bool(repeated)

    def _settle(self) -> None:
        """Waits for the merge that is under way, and tells its faults."""
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None

    def _merge(self, stage: Stage, present: Present, rows: int, twice: bool) -> None:
        """What is staged, in one transaction."""
        with stage.connection.begin():
            if stage.connection.dialect.name != "sqlite":
                stage.connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            if twice:
                stage.keep_last(self.kind.key)
            self.kind.store(stage, present, self.tally)
            self.known = self.known or not stage.fresh
            stage.clear()
        self.merged += rows


def _before(kept: int) -> str:
    """What became of the rows before a fault of the file."""
    rows = "the row before that was" if kept == 1 else f"the {kept:,} rows before that were"
    return f"{rows} kept, and to import the file again is harmless"
