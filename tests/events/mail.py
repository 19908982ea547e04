"""Messages that were sent, and what may come back about them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from engine.cycle.came_back import Recorded, record
from engine.outbox.claim import claim
from engine.outbox.intent import intend
from engine.outbox.settle import Answer, settle
from engine.outbox.transitions import Claimed
from engine.store.campaigns import Pause
from engine.store.database import Database, table
from engine.store.people import Consent, Suppression
from engine.store.replies import OrphanEvent, ProviderEvent
from engine.vocabulary import Event, EventKind, Receipt, Verdict
from tests.outbox import shop
from tests.outbox.shop import NOW

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
#: An hour after the messages went out, when people read.
READ = NOW + timedelta(hours=1)


def send(
    database: Database, count: int, verdict: Verdict = Verdict.ACCEPTED, at: datetime = NOW, **columns: Any
) -> list[Claimed]:
    """That many messages, handed over, each with that answer."""
    shop.fill(database, count, **columns)
    return hand_over(database, verdict, at)


def hand_over(database: Database, verdict: Verdict = Verdict.ACCEPTED, at: datetime = NOW) -> list[Claimed]:
    with database.write() as connection:
        rows = intend(connection, claim(connection, "me", at, 10_000), "me", at)
        settle(connection, [Answer(row, Receipt(verdict)) for row in rows], "me", at)
    return sorted(rows, key=lambda row: (len(row.customer_id), row.customer_id))


def event(kind: EventKind, row: Claimed | None = None, at: datetime = READ, **more: Any) -> Event:
    """An event about that message; what it says is its fingerprint."""
    token = row.token if row is not None else ""
    name = "|".join((token, kind, at.isoformat(), *(str(value) for value in more.values())))
    return Event(**{"fingerprint": name, "kind": kind, "at": at, "token": token, **more})


def tell(database: Database, *events: Event, now: datetime = READ) -> Recorded:
    with database.write() as connection:
        return record(connection, events, now)


def outcomes(database: Database) -> list[str | None]:
    return [row.outcome for row in shop.rows(database)]


def suppressed(database: Database) -> dict[tuple[str, str], str]:
    rows = table(Suppression)
    with database.read() as connection:
        return {(row.channel, row.address): row.reason for row in connection.execute(select(rows))}


def everything(database: Database) -> dict[str, Sequence[Any]]:
    """The state that the events leave, table by table."""
    tables = [table(one) for one in (ProviderEvent, OrphanEvent, Suppression, Consent, Pause)]
    with database.read() as connection:
        found: dict[str, Sequence[Any]] = {
            one.name: sorted(map(repr, connection.execute(select(one)).all())) for one in tables
        }
    found["delivery"] = sorted(map(repr, shop.rows(database)))
    return found
