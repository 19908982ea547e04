"""A store brought back from a backup: what happened since is not in it, so nothing is done by itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from engine import clock
from engine.cycle.commit import record_missed
from engine.cycle.occasions import Occasion
from engine.errors import Standstill, YoursToFix
from engine.outbox import owner, pauses
from engine.outbox.doubts import doubt_waiting
from engine.store import generation
from engine.store.database import Database
from engine.store.generation import Mark

log = logging.getLogger("rekindle.restored")


def folder(root: Path, database: Database) -> Path:
    """Where a project keeps what it has seen of its store."""
    return owner.folder(root, database).parent


def told(database: Database, root: Path) -> str:
    """Why nothing may be planned or sent with this store; empty where it may. Changes nothing."""
    before = generation.seen(folder(root, database))  # before the store, which must not be older
    with database.read() as connection:
        return _told(connection, before)


def _told(connection: Connection, known: Mapping[str, Mark]) -> str:
    held = connection.execute(select(pauses.pause.c.reason).where(pauses.pause.c.scope == pauses.RESTORED))
    reason = held.scalar()
    if reason is not None:
        return str(reason)
    name, there = generation.name(connection) or "", generation.mark(connection)
    was = known.get(name)
    if was is None or not there.is_behind(was):
        return ""
    return _sentence(there, was)


def _sentence(there: Mark, was: Mark) -> str:
    runs = was.runs - there.runs
    many = "1 run" if runs == 1 else f"{runs:,} runs"
    happened = f"{many} may have happened" if runs > 0 else "messages may have gone out"
    since = clock.iso(datetime.fromtimestamp(there.sent // 1000, UTC)) if there.sent else "it was made"
    return (
        f"the store is older than the one that worked here, as after a restored backup: {happened} since "
        f"{since}; nothing is planned or sent until `rekindle resume --restored`"
    )


def sound(database: Database, root: Path, now: datetime) -> None:
    """Raises Standstill where the store is an older one, and stops everybody else who works with it.

    A folder that does not know the store takes it as it is, and says so.
    """
    beside = folder(root, database)
    why = told(database, root)
    if why:
        with database.write() as connection:
            pauses.put(connection, pauses.RESTORED, why, now)
        raise Standstill(why)
    with database.read() as connection:
        name, there = generation.name(connection), generation.mark(connection)
    if name is None:
        return
    known = generation.seen(beside)
    if name not in known:
        another = ", and another one has" if known else ""
        log.warning("this folder has not worked with the store before%s: it is taken as it is", another)
    generation.keep(beside, name, there)


def ran(database: Database, root: Path) -> None:
    """Runs are committed: this folder has seen them."""
    with database.read() as connection:
        name, there = generation.name(connection), generation.mark(connection)
    if name is not None:
        generation.keep(folder(root, database), name, there)


class Record:
    """What this folder has seen of the store while it sends."""

    def __init__(self, database: Database, root: Path) -> None:
        self._folder = folder(root, database)
        with database.read() as connection:
            self._name, self._mark = generation.name(connection), generation.mark(connection)

    def sent(self, at: datetime) -> None:
        """An intent of that time is committed."""
        if self._name is not None:
            self._mark = Mark(self._mark.restored, self._mark.runs, generation.epoch(at))
            generation.keep(self._folder, self._name, self._mark)


@dataclass(frozen=True)
class Resumed:
    """What was made of the older store: messages that wait for a person, those that go again with a
    risk, and runs that are left out because they may have happened."""

    unresolved: int
    risky: int
    missed: int


def resume(database: Database, root: Path, due: Sequence[Occasion], now: datetime) -> Resumed:
    """Works with the older store from here on. Raises YoursToFix where it is no older one.

    What waits in it may have gone out since: what is promised at most once is left to a person, the rest
    bears the risk. What was due since may have run, and is not run by itself.
    """
    why = told(database, root)
    if not why:
        raise YoursToFix("the store is not behind what happened here: there is nothing to resume")
    beside = folder(root, database)
    before = generation.seen(beside)
    with database.write() as connection:
        name = generation.name(connection) or ""
        unresolved, risky = doubt_waiting(connection, now)
        generation.restore(connection, before.get(name, Mark()))
        connection.execute(pauses.pause.delete().where(pauses.pause.c.scope == pauses.RESTORED))
    record_missed(database, due, now)
    with database.read() as connection:
        generation.keep(beside, name, generation.mark(connection))
    log.warning("an older store is worked with", extra={"unresolved": unresolved, "missed": len(due)})
    return Resumed(unresolved, risky, len(due))
