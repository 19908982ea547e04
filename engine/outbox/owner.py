"""Who holds a claim, and the proof that a holder is dead.

Proof is a lock that the kernel (a file's `flock`) or PostgreSQL (a session's advisory lock) lets go
when the holder's process or session ends. Never a clock: a process that was asleep for an hour lives.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from engine.errors import TryAgain
from engine.outbox import journal
from engine.outbox.journal import Evidence, Journal
from engine.store.database import Database

_SUFFIX = ".journal"
_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
#: For ourselves: somebody may hold it for a moment, to see whether we are dead.
_WAIT_LOCK = text("SELECT pg_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")
_open: set[int] = set()


def _forget_after_fork() -> None:
    """A child (a renderer) must not keep its parent's lock alive: the lock goes with the file."""
    while _open:
        os.close(_open.pop())


os.register_at_fork(after_in_child=_forget_after_fork)


def folder(root: Path, database: Database) -> Path:
    """Where the workers of a store have their files: beside the SQLite file, so that whoever shares
    the store shares the locks; for PostgreSQL beside config.yaml."""
    beside = database.path.absolute().parent if database.path else root
    return beside / ".rekindle" / "workers"


class Owner:
    """This worker: a name, a lock on it for as long as it lives, and its journal."""

    def __init__(self, workers: Path, database: Database) -> None:
        self.name, self._path, self._handle = _new_file(workers)
        self.journal = Journal(self._handle)
        self._database = database
        self._session: Connection | None = None
        self.renew()

    def renew(self) -> None:
        """Takes the lock in PostgreSQL, again if the connection was lost. Until then others may have
        found us dead: the epochs fence what we held."""
        if self._database.is_sqlite:
            return
        if self._session is not None:
            try:
                self._session.execute(text("SELECT 1"))
                return
            except DBAPIError:
                self._hang_up()
        try:
            session = self._database.writer.connect().execution_options(isolation_level="AUTOCOMMIT")
            session.execute(_WAIT_LOCK, {"name": self.name})
        except DBAPIError:
            raise TryAgain("the store was not to be had for a moment; nothing was lost, try again") from None
        self._session = session

    def close(self, clean: bool = True) -> None:
        """Lets the locks go. `clean` says that nothing is held and the journal is not needed."""
        self._hang_up()
        if clean:
            self._path.unlink(missing_ok=True)
        _open.discard(self._handle)
        os.close(self._handle)

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.invalidate()
            self._session.close()
            self._session = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(clean=kind is None)


def _new_file(workers: Path) -> tuple[str, Path, int]:
    try:
        workers.mkdir(parents=True, exist_ok=True)
        while True:  # a new name each time: somebody may be looking whether our file is a dead one's
            name = _new_name()
            path = workers / (name + _SUFFIX)
            handle = _locked(path)
            if handle is not None:
                return name, path, handle
    except OSError as error:
        raise TryAgain(f"{workers} cannot be written: {error.strerror}; nothing was sent") from None


def _new_name() -> str:
    host = re.sub(r"[^A-Za-z0-9.]", "-", socket.gethostname())[:40]
    return f"{host}-{os.getpid()}-{secrets.token_hex(6)}"


def _locked(path: Path) -> int | None:
    """A handle on the file with its lock, or None while somebody holds it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        if _same(handle, path):
            _open.add(handle)
            return handle
        os.close(handle)  # somebody removed the file between our opening and locking it


def _same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def proven_dead(name: str, workers: Path, database: Database) -> Iterator[Evidence | None]:
    """What the dead worker left, while we hold its locks; None when it may be alive.

    The journal counts only when the kernel itself gave us the lock on it: a live process that merely
    lost its connection to PostgreSQL could still be writing.
    """
    path = workers / (name + _SUFFIX)
    if not path.exists() and not database.is_sqlite:
        with _advisory(name, database) as free:
            yield Evidence() if free else None
        return
    workers.mkdir(parents=True, exist_ok=True)
    handle = _locked(path)
    if handle is None:
        yield None
        return
    try:
        with _advisory(name, database) as free:
            yield journal.read(path) if free else None
    finally:
        _open.discard(handle)
        os.close(handle)


def is_dead(name: str, workers: Path, database: Database) -> bool:
    """Whether that worker is proven dead; nothing is made or taken for the asking."""
    if database.is_sqlite and not (workers / (name + _SUFFIX)).exists():
        return True  # whoever shares the store shares the files
    try:
        with proven_dead(name, workers, database) as evidence:
            return evidence is not None
    except OSError:  # we may not look there: no proof
        return False


@contextmanager
def _advisory(name: str, database: Database) -> Iterator[bool]:
    if database.is_sqlite:
        yield True
        return
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        free = bool(session.execute(_LOCK, {"name": name}).scalar_one())
        try:
            yield free
        finally:
            if free:
                session.execute(_UNLOCK, {"name": name})


def leftovers(workers: Path) -> list[str]:
    """The names of all workers with a file here, alive or not."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in workers.glob("*" + _SUFFIX))


def bury(name: str, workers: Path) -> None:
    """Removes a dead worker's file, once nothing in the ledger bears its name."""
    (workers / (name + _SUFFIX)).unlink(missing_ok=True)
