"""A code for every promised message of an offer, in the transaction that promises them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.offers.codes import Codes
from engine.offers.stock import code, free
from engine.offers.terms import Terms
from engine.store.database import table
from engine.store.ledger import Delivery
from engine.vocabulary import State

delivery = table(Delivery)
_BATCH = 5_000
Reserved = tuple[str, int | None]


def reserve(
    connection: Connection, terms: Terms, run: tuple[str, str], step: int, key: str, now: datetime
) -> int:
    """Gives each message of that run's step its code, and returns how many were given.

    `run` is campaign and slot; `key` is the installation's own, by which unique codes are shuffled. A
    message that has its code keeps it. Where a pool or a pattern ends, the rest get none: ask `stock` first.
    """
    supply, given = _supply(connection, terms, key), 0
    while waiting := _waiting(connection, terms.name, run, step):
        codes = list(islice(supply, len(waiting)))
        if not codes:
            break
        given += _give(connection, terms, waiting, codes, now)
    return given


def _waiting(connection: Connection, offer: str, run: tuple[str, str], step: int) -> Sequence[Any]:
    """Promised messages without a code, in the order of the ledger."""
    has = select(code.c.code).where(
        code.c.customer_id == delivery.c.customer_id,
        code.c.dedupe_key == delivery.c.dedupe_key,
        code.c.offer == offer,
    )
    rows = select(delivery.c.customer_id, delivery.c.dedupe_key, delivery.c.not_before).where(
        delivery.c.campaign == run[0],
        delivery.c.slot == run[1],
        delivery.c.step == step,
        delivery.c.state == State.PLANNED.value,
        ~has.exists(),
    )
    ordered = rows.order_by(delivery.c.customer_id, delivery.c.dedupe_key)
    return connection.execute(ordered.limit(_BATCH)).all()


def _give(
    connection: Connection, terms: Terms, rows: Sequence[Any], codes: Sequence[Reserved], now: datetime
) -> int:
    """A code that somebody has already, by an older key or pattern, is passed over: the next one comes."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    ends = {row.not_before: terms.expires(row.not_before) for row in rows}
    values = [
        {
            "customer_id": row.customer_id,
            "dedupe_key": row.dedupe_key,
            "offer": terms.name,
            "code": written,
            "serial": serial,
            "state": "reserved",
            "reserved_at": now,
            "expires_at": ends[row.not_before],
        }
        for row, (written, serial) in zip(rows, codes, strict=False)
    ]
    return max(connection.execute(insert(code).on_conflict_do_nothing(), values).rowcount, 0)


def _supply(connection: Connection, terms: Terms, key: str) -> Iterator[Reserved]:
    """Codes to give, each with its number where nobody else may get the same."""
    if terms.shared:
        while True:
            yield terms.shared, None
    elif terms.pool is not None:
        number = 0
        for batch in free(connection, terms):
            for one in batch:
                yield one, number
                number += 1
    else:
        yield from _unique(connection, terms, key)


def _unique(connection: Connection, terms: Terms, key: str) -> Iterator[Reserved]:
    codes = Codes(terms.unique, f"{terms.name}\0{key}")
    last = connection.execute(select(func.max(code.c.serial)).where(code.c.offer == terms.name)).scalar()
    for serial in range(0 if last is None else last + 1, len(codes)):
        yield codes.write(serial), serial
