"""T2 and the set-wise half of T3: taking due rows in hand, and letting late ones expire."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, literal, literal_column, or_, select
from sqlalchemy.sql.elements import ColumnElement

from engine.outbox import pauses
from engine.outbox.transitions import CLAIM, EXPIRE, Claimed, delivery, finish_enrollments, honest, told
from engine.vocabulary import State

#: Written out, not bound: only so can the databases see that the partial index serves.
_WAITING: ColumnElement[bool] = literal_column("state IN ('planned', 'retry_wait')")
#: The same question of a row that is found already, put so that no index is looked into for it.
_STILL_WAITING = delivery.c.state.concat("").in_([State.PLANNED.value, State.RETRY_WAIT.value])
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
    taken = (
        delivery.update()
        .where(_STILL_WAITING, _picked(connection, due))
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
    due = (
        select(_place(connection).label("place"))
        .select_from(delivery)
        .where(
            _WAITING,
            delivery.c.not_before <= now,
            or_(delivery.c.send_by.is_(None), delivery.c.send_by > now),
            pauses.allows(pauses.scopes(connection)),
        )
    )
    if channels is not None:
        due = due.where(delivery.c.channel.in_(channels))
    if campaigns is not None:
        due = due.where(delivery.c.campaign.in_(campaigns))
    return due


def _place(connection: Connection) -> ColumnElement[Any]:
    """Where a row lies. By its key PostgreSQL might look for each row among all that wait, as long as it
    has not counted these."""
    return literal_column("delivery.rowid" if connection.dialect.name == "sqlite" else "delivery.ctid")


def _picked(connection: Connection, rows: Select[Any]) -> ColumnElement[bool]:
    """Whether the row is one of those, and nobody else is about to take it."""
    if connection.dialect.name == "sqlite":
        return _place(connection).in_(select(rows.cte("picked").c.place))
    picked = rows.with_for_update(skip_locked=True).cte("picked")
    return _place(connection) == func.any(func.array(select(picked.c.place).scalar_subquery()))


def expire(connection: Connection, now: datetime) -> int:
    """Lets go of up to a thousand waiting rows that are past their `send_by`; 0 means no more."""
    late = (
        select(_place(connection).label("place"))
        .select_from(delivery)
        .where(_WAITING, delivery.c.send_by <= now)
        .limit(_CHUNK)
    )
    rows = connection.execute(
        delivery.update()
        .where(_STILL_WAITING, _picked(connection, late))
        .values(state=honest(literal(State.EXPIRED.value)), reason="send_by", settled_at=now)
        .returning(delivery.c.customer_id, delivery.c.dedupe_key)
    ).all()
    finish_enrollments(connection, [(row.customer_id, row.dedupe_key) for row in rows], now)
    told(EXPIRE, len(rows))
    return len(rows)
