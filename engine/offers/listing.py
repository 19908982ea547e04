"""Offers and their codes as people look at them, and as the shop's own system takes them over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from engine.clock import iso
from engine.offers.stock import code

#: What becomes of a code, in its order.
STATES = ("reserved", "issued", "redeemed", "returned")
_ROWS = 10_000


def by_state(connection: Connection) -> dict[str, dict[str, int]]:
    """How many codes of each offer are in which state; an offer without codes is not there."""
    counted = select(code.c.offer, code.c.state, func.count()).group_by(code.c.offer, code.c.state)
    found: dict[str, dict[str, int]] = {}
    for offer, state, number in connection.execute(counted):
        found.setdefault(offer, dict.fromkeys(STATES, 0))[state] = number
    return found


def codes(connection: Connection, offer: str, state: str | None = None) -> Iterator[dict[str, Any]]:
    """The offer's codes, in the order in which they were reserved; of one state, where it is given."""
    chosen = select(code).where(code.c.offer == offer)
    if state is not None:
        chosen = chosen.where(code.c.state == state)
    ordered = chosen.order_by(code.c.reserved_at, code.c.serial, code.c.customer_id, code.c.dedupe_key)
    for row in connection.execution_options(yield_per=_ROWS).execute(ordered):
        yield {
            "code": row.code,
            "offer": row.offer,
            "customer_id": row.customer_id,
            "campaign": row.dedupe_key.partition("|")[0],
            "state": row.state,
            **{name: _at(row, name) for name in ("reserved_at", "issued_at", "expires_at", "redeemed_at")},
        }


def _at(row: Any, name: str) -> str | None:
    at = getattr(row, name)
    return iso(at) if at is not None else None
