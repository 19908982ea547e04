"""T2 and the set-wise half of T3: taking due rows in hand, and letting late ones expire."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, literal, literal_column, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from engine.outbox import pauses
from engine.outbox.transitions import CLAIM, EXPIRE, Claimed, delivery, finish_enrollments, honest, told
from engine.vocabulary import State

#: Written out, not bound: only so can the databases see that the partial index serves.
_WAITING: ColumnElement[bool] = literal_column("state IN ('planned', 'retry_wait')")
_KEY = tuple_(delivery.c.customer_id, delivery.c.dedupe_key)
_COLUMNS = [delivery.c[name] for name in Claimed._fields if name != "token"]
_CHUNK = 1_000


def claim(
    connection: Connection,
    owner: str,
    now: datetime,
    limit: int,
    channels: Sequence[str] | None = None,
    campaigns: Sequence[str] | None = None,
) -> list[Claimed]:
    """Takes up to `limit` due rows that nobody holds and no pause covers, the most urgent first."""
    due = _due(connection, now, channels, campaigns)
    due = due.order_by(delivery.c.priority.desc(), delivery.c.not_before).limit(limit)
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    picked = due.cte("due")
    taken = (
        delivery.update()
        .where(_WAITING, _KEY.in_(select(picked.c.customer_id, picked.c.dedupe_key)))
        .values(state=State.CLAIMED.value, owner=owner, epoch=delivery.c.epoch + 1)
        .returning(*_COLUMNS)
    )
    rows = [Claimed._make((*row, secrets.token_hex(16))) for row in connection.execute(taken)]
    told(CLAIM, len(rows), owner=owner)
    return sorted(rows, key=lambda row: (-row.priority, row.not_before, row.key))


def _due(
    connection: Connection,
    now: datetime,
    channels: Sequence[str] | None,
    campaigns: Sequence[str] | None,
) -> Select[Any]:
    due = select(delivery.c.customer_id, delivery.c.dedupe_key).where(
        _WAITING,
        delivery.c.not_before <= now,
        or_(delivery.c.send_by.is_(None), delivery.c.send_by > now),
        pauses.allows(pauses.scopes(connection)),
    )
    if channels is not None:
        due = due.where(delivery.c.channel.in_(channels))
    if campaigns is not None:
        due = due.where(delivery.c.campaign.in_(campaigns))
    return due


def expire(connection: Connection, now: datetime) -> int:
    """Lets go of up to a thousand waiting rows that are past their `send_by`; 0 means no more."""
    late = select(delivery.c.customer_id, delivery.c.dedupe_key)
    late = late.where(_WAITING, delivery.c.send_by <= now).limit(_CHUNK)
    if connection.dialect.name == "postgresql":
        late = late.with_for_update(skip_locked=True)
    picked = late.cte("late")
    rows = connection.execute(
        delivery.update()
        .where(_WAITING, _KEY.in_(select(picked.c.customer_id, picked.c.dedupe_key)))
        .values(state=honest(literal(State.EXPIRED.value)), reason="send_by", settled_at=now)
        .returning(delivery.c.customer_id, delivery.c.dedupe_key)
    ).all()
    finish_enrollments(connection, [(row.customer_id, row.dedupe_key) for row in rows], now)
    told(EXPIRE, len(rows))
    return len(rows)
