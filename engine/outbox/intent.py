"""T4: the promise to call the provider, durable before the first byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, text, tuple_

from engine.outbox.transitions import INTENT, Claimed, delivery, in_hand, told
from engine.store.database import table
from engine.store.ledger import Attempt
from engine.store.people import Customer
from engine.vocabulary import State

attempt, customer = table(Attempt), table(Customer)
_HELD = tuple_(delivery.c.customer_id, delivery.c.dedupe_key, delivery.c.epoch)

#: Under a second, which is when PostgreSQL looks for a deadlock: an importer in our way goes first.
_PATIENCE = "SET LOCAL lock_timeout = '700ms'"
_STAND_STILL = "LOCK TABLE pause, consent, suppression IN SHARE MODE"


def stand_still(connection: Connection, rows: Sequence[Claimed]) -> None:
    """Whatever is asked from here to the commit stays true: no opt-out, pause or other intent for
    these customers can commit in between.

    SQLite has one writer at a time. PostgreSQL needs locks: the three tables in a mode that lets
    other intents pass and makes their writers wait, and the customers' rows, in order.
    """
    if connection.dialect.name != "postgresql":
        return
    connection.execute(text(_PATIENCE))
    connection.execute(text(_STAND_STILL))
    ids = sorted({row.customer_id for row in rows})
    people = select(customer.c.customer_id).where(customer.c.customer_id.in_(ids))
    connection.execute(people.order_by(customer.c.customer_id).with_for_update()).all()


def one_per_customer(rows: Sequence[Claimed]) -> Iterator[list[Claimed]]:
    """Rounds in which nobody stands twice, so that each round sees the last one's intents: two
    messages to one person must not slip under a cap together."""
    waiting = list(rows)
    while waiting:
        turn: dict[str, Claimed] = {}
        rest = [row for row in waiting if turn.setdefault(row.customer_id, row) is not row]
        yield list(turn.values())
        waiting = rest


def intend(
    connection: Connection,
    rows: Sequence[Claimed],
    owner: str,
    now: datetime,
    imprints: Mapping[str, str] | None = None,
) -> list[Claimed]:
    """Writes the tokens of the rows that are still ours, and returns those rows.

    `imprints` are those of the messages' texts, by token, where their carrier can be asked for them.
    """
    if not rows:
        return []
    ours = connection.execute(
        delivery.update()
        .where(
            delivery.c.owner == owner,
            delivery.c.state == State.CLAIMED.value,
            in_hand([row.key for row in rows]),
            _HELD.in_([(row.customer_id, row.dedupe_key, row.epoch) for row in rows]),
        )
        .values(state=State.SENDING.value, sent_at=now)
        .returning(delivery.c.customer_id, delivery.c.dedupe_key)
    ).all()
    held = {(row.customer_id, row.dedupe_key) for row in ours}
    intended = [row for row in rows if row.key in held]
    if intended:
        given = imprints or {}
        attempts = [_attempt(row, owner, now) | {"imprint": given.get(row.token)} for row in intended]
        connection.execute(attempt.insert(), attempts)
    told(INTENT, len(intended), fenced=len(rows) - len(intended), owner=owner)
    return intended


def _attempt(row: Claimed, owner: str, now: datetime) -> dict[str, object]:
    return {
        "customer_id": row.customer_id,
        "dedupe_key": row.dedupe_key,
        "epoch": row.epoch,
        "token": row.token,
        "owner": owner,
        "started_at": now,
    }
