"""Which daemons work on this store: each keeps a card in it, and a lock that proves that it lives."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from engine import clock
from engine.outbox import owner
from engine.store.campaigns import Fact
from engine.store.database import Database, table

fact = table(Fact)
_KEY = "daemon:"
#: A daemon that has not been seen for so many of its ticks is not well, or gone where no lock tells.
TICKS = 10


@dataclass(frozen=True)
class Card:
    """What a daemon says of itself. `owner` names its lock; `every` is its tick in seconds."""

    pid: int
    owner: str
    started_at: str
    every: int
    seen_at: str = ""
    host: str = field(default_factory=socket.gethostname)
    campaigns: Mapping[str, str] = field(default_factory=dict)
    broken: Sequence[str] = ()

    @property
    def key(self) -> str:
        return f"{_KEY}{self.host}:{self.pid}"


def show(database: Database, card: Card) -> None:
    """Puts the card into the store, or a newer one in its place."""
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    row = insert(fact).values(name=card.key, value=json.dumps(vars(card), ensure_ascii=False))
    newest = row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value})
    with database.write() as connection:
        connection.execute(newest)


def withdraw(database: Database, key: str) -> None:
    """Takes the card away."""
    with database.write() as connection:
        connection.execute(fact.delete().where(fact.c.name == key))


def tidy(database: Database, workers: Path, now: datetime) -> None:
    """Takes the cards of daemons away that ended without doing so."""
    with database.read() as connection:
        cards = _cards(connection)
    for key, card in cards.items():
        if _state(card, workers, database, now) == "gone":
            withdraw(database, key)


def daemons(database: Database, root: Path, now: datetime) -> list[dict[str, Any]]:
    """Every daemon of the store, with `state`: running, silent (alive, but not seen for long) or gone."""
    workers = owner.folder(root, database)
    with database.read() as connection:
        cards = _cards(connection).values()
    return [
        {
            "host": card.host,
            "pid": card.pid,
            "state": _state(card, workers, database, now),
            "started_at": card.started_at,
            "seen_at": card.seen_at,
            "campaigns": dict(card.campaigns),
            "broken": list(card.broken),
        }
        for card in cards
    ]


def _cards(connection: Connection) -> dict[str, Card]:
    rows = connection.execute(select(fact).where(fact.c.name.startswith(_KEY)).order_by(fact.c.name))
    found = {}
    for row in rows:
        try:
            found[row.name] = Card(**json.loads(row.value))
        except (TypeError, ValueError):  # of another version of the program
            continue
    return found


def _state(card: Card, workers: Path, database: Database, now: datetime) -> str:
    late = now - clock.parse_instant(card.seen_at) > timedelta(seconds=card.every * TICKS)
    if owner.is_dead(card.owner, workers, database):
        return "gone"
    return "silent" if late else "running"
