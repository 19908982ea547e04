"""T16: messages that are called back. What may be on the wire cannot be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, literal
from sqlalchemy.sql.elements import ColumnElement

from engine.outbox.transitions import CANCEL, delivery, finish_enrollments, honest, told
from engine.vocabulary import State


def cancel(connection: Connection, which: ColumnElement[bool], reason: str, now: datetime) -> int:
    """Cancels the waiting and claimed messages among those; whoever claimed them finds them gone."""
    sources = delivery.c.state.in_([state.value for state in CANCEL.sources])
    rows = connection.execute(
        delivery.update()
        .where(which, sources)
        .values(state=honest(literal(State.CANCELLED.value)), reason=reason, settled_at=now, owner=None)
        .returning(delivery.c.customer_id, delivery.c.dedupe_key)
    ).all()
    for start in range(0, len(rows), 1_000):
        some = rows[start : start + 1_000]
        finish_enrollments(connection, [(row.customer_id, row.dedupe_key) for row in some], now)
    told(CANCEL, len(rows))
    return len(rows)
