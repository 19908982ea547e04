"""One customer: their life with us, everything we hold, and forgetting them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.cycle import whom
from engine.cycle.erase import erase as forget
from engine.cycle.export import export as told
from engine.cycle.life import life
from engine.store.database import Database


def show(database: Database, customer_id: str) -> dict[str, Any]:
    """Who the customer is, what may be sent to them, and every moment of their life with us."""
    with database.read() as connection:
        return life(connection, whom.asked(connection, customer_id))


def export(database: Database, customer_id: str, currency: str) -> dict[str, Any]:
    """Everything that is held about the customer."""
    with database.read() as connection:
        return told(connection, whom.asked(connection, customer_id), currency)


def erase(database: Database, customer_id: str, now: datetime) -> dict[str, int]:
    """Forgets the customer; says how much was deleted, cancelled, made nameless and suppressed."""
    with database.write() as connection:
        return forget(connection, whom.asked(connection, customer_id), now)
