"""Which opens and clicks were a machine's: scanners follow every link before anybody has read a word.

An open or click is a machine's when

- the provider says so;
- it comes within ten seconds of the message's hand-over, or of its delivery as the provider tells it;
- it is a click, and another link of the same message was clicked within two seconds of it.

Each of these is true for good once it is true, whatever else comes in and in whatever order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, not_, or_, true

from engine.events.record import Key, attempt, reply
from engine.store.types import millis_between
from engine.vocabulary import EventKind

AT_ONCE = 10_000
TOGETHER = 2_000


def mark_machines(connection: Connection, keys: Sequence[Key]) -> None:
    """Marks the machines' opens and clicks of these deliveries."""
    if not keys:
        return
    other, tried = reply.alias("other"), attempt.alias("tried")
    at_once = or_(
        exists().where(*_same(tried), _soon(tried.c.started_at, reply.c.at)),
        exists().where(
            *_same(other), other.c.kind == EventKind.DELIVERED.value, _soon(other.c.at, reply.c.at)
        ),
    )
    elsewhere = exists().where(
        *_same(other),
        other.c.kind == EventKind.CLICKED.value,
        other.c.link_id != reply.c.link_id,
        _near(other.c.at, reply.c.at),
    )
    clicked = and_(reply.c.kind == EventKind.CLICKED.value, elsewhere)
    looked = reply.c.kind.in_([EventKind.OPENED.value, EventKind.CLICKED.value])
    connection.execute(
        reply.update()
        .where(reply.c.dedupe_key.in_([key for _, key in keys]), not_(reply.c.bot), looked)
        .where(or_(at_once, clicked))
        .values(bot=true())
    )


def _same(rows: FromClause) -> list[ColumnElement[bool]]:
    return [rows.c.customer_id == reply.c.customer_id, rows.c.dedupe_key == reply.c.dedupe_key]


def _soon(first: ColumnElement[Any], then: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(first <= then, millis_between(first, then) < AT_ONCE)


def _near(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    length = millis_between(one, other)
    return and_(length > -TOGETHER, length < TOGETHER)
