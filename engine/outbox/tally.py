"""The totals: each a GROUP BY of the ledger, none kept beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from engine.outbox.transitions import delivery


def tally(connection: Connection, campaigns: Sequence[str] | None = None) -> Counter[str]:
    """How many rows are in each state, of those campaigns or of all."""
    counted = select(delivery.c.state, func.count()).group_by(delivery.c.state)
    if campaigns is not None:
        counted = counted.where(delivery.c.campaign.in_(campaigns))
    return Counter({row[0]: row[1] for row in connection.execute(counted)})
