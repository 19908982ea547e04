"""How far a store has come, written down in it and in a file beside the project: a store that is behind
the file is an older one, brought back from a backup.

The file is written after the store and read before it, so it is never ahead of a store that is whole.
Several machines on one PostgreSQL keep a file each, of what they themselves have seen.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import TryAgain
from engine.store.campaigns import Fact
from engine.store.database import table
from engine.store.facts import recall, remember
from engine.store.ledger import Delivery
from engine.vocabulary import Channel

log = logging.getLogger("rekindle.store")
fact, delivery = table(Fact), table(Delivery)

_NAME, _MARK = "store_id", "generation"
_FILE = "generation.json"


@dataclass(frozen=True)
class Mark:
    """`runs` counts campaigns' runs, `sent` is the last intent to send in epoch milliseconds, and
    `restored` counts how often a person has said that an older store is to be worked with."""

    restored: int = 0
    runs: int = 0
    sent: int = 0

    def is_behind(self, other: Mark) -> bool:
        """Whether a store that stands here is older than one that stood there."""
        if self.restored != other.restored:
            return self.restored < other.restored
        return self.runs < other.runs or self.sent < other.sent

    def furthest(self, other: Mark) -> Mark:
        """The mark that neither of the two is ahead of."""
        if self.restored != other.restored:
            return max(self, other, key=lambda one: one.restored)
        return Mark(self.restored, max(self.runs, other.runs), max(self.sent, other.sent))


def name(connection: Connection) -> str | None:
    """The store's own name, given to it with its first run."""
    return recall(connection, _NAME)


def mark(connection: Connection) -> Mark:
    """Where the store stands."""
    counted = json.loads(recall(connection, _MARK) or "{}")
    return Mark(**counted, sent=_last_intent(connection))


def _last_intent(connection: Connection) -> int:
    begun = [
        select(func.max(delivery.c.sent_at)).where(
            delivery.c.channel == channel.value, delivery.c.sent_at.is_not(None)
        )
        for channel in Channel  # one by one: so each is the end of an index
    ]
    known = [connection.execute(one).scalar() for one in begun]
    return max((epoch(one) for one in known if one is not None), default=0)


def epoch(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def count_runs(connection: Connection, runs: int) -> None:
    """So many runs are committed with this transaction."""
    if runs:
        now = _locked_mark(connection)
        _write(connection, Mark(now.restored, now.runs + runs))


def restore(connection: Connection, seen: Mark) -> None:
    """From here on the store counts as newer than all that was seen of it."""
    now = _locked_mark(connection)
    _write(connection, Mark(max(now.restored, seen.restored) + 1, max(now.runs, seen.runs)))


def _locked_mark(connection: Connection) -> Mark:
    """The mark, which nobody else changes until the commit. SQLite has one writer anyway."""
    remember(connection, _NAME, lambda: uuid4().hex)
    remember(connection, _MARK, lambda: "{}")
    text = select(fact.c.value).where(fact.c.name == _MARK).with_for_update()
    return Mark(**json.loads(connection.execute(text).scalar_one()))


def _write(connection: Connection, new: Mark) -> None:
    value = json.dumps({"restored": new.restored, "runs": new.runs})
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(fact).values(name=_MARK, value=value)
    newest = {"value": row.excluded.value}
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=newest))


def seen(folder: Path) -> Mapping[str, Mark]:
    """What this folder has seen, by the stores' names; nothing (and a warning) where it cannot be read."""
    try:
        found = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return {str(key): Mark(**value) for key, value in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        log.warning("%s cannot be read (%s): it is written anew", folder / _FILE, type(error).__name__)
        return {}


def keep(folder: Path, store: str, new: Mark) -> None:
    """Writes down that the store has come so far; it never goes back. Raises TryAgain."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            known = dict(seen(folder))
            furthest = known.get(store, Mark()).furthest(new)
            if known.get(store) == furthest:
                return
            known[store] = furthest
            unfinished = folder / f".{_FILE}.part"
            unfinished.write_text(json.dumps({key: asdict(one) for key, one in known.items()}), "utf-8")
            os.replace(unfinished, folder / _FILE)
    except OSError as error:
        raise TryAgain(f"{folder / _FILE} cannot be written: {error.strerror}; nothing was sent") from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process of this folder at a time."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
