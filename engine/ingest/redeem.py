"""Codes that were used: told by the shop's own list, or by the orders that name them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from engine.ingest.stage import Stage
from engine.store.database import table
from engine.store.replies import Code

code = table(Code)

#: Given, or in a message that may have arrived.
_OUT = ("issued", "reserved", "redeemed")


def redeem(stage: Stage, at: ColumnElement[Any], *where: ColumnElement[bool]) -> None:
    """Marks the codes that the stage names as used at the earliest `at`.

    A customer's own code counts whoever used it; one that many share, where that customer had it.
    What was used before it was given is another code of the same letters.
    """
    own = or_(code.c.serial.is_not(None), code.c.customer_id == stage.c.customer_id)
    used = and_(own, code.c.state.in_(_OUT), at >= code.c.reserved_at, *where)
    first = (
        select(code.c.customer_id, code.c.dedupe_key, code.c.offer, func.min(at).label("at"))
        .join_from(stage.table, code, code.c.code.in_(spelt(stage)))
        .where(used)
        .group_by(code.c.customer_id, code.c.dedupe_key, code.c.offer)
        .subquery("used")
    )
    key = [code.c[name] == first.c[name] for name in ("customer_id", "dedupe_key", "offer")]
    earlier = or_(code.c.redeemed_at.is_(None), code.c.redeemed_at > first.c.at)
    issued = func.coalesce(code.c.issued_at, first.c.at)
    marked = code.update().where(*key, earlier)
    stage.connection.execute(marked.values(state="redeemed", redeemed_at=first.c.at, issued_at=issued))


def spelt(stage: Stage) -> list[ColumnElement[Any]]:
    """The staged code as it stands, and in capitals: people type them as they like."""
    return [stage.c.code, func.upper(stage.c.code)]


def any_code(stage: Stage) -> bool:
    """Whether any code was ever given: else there is nothing to look up."""
    return stage.connection.scalar(select(code.c.code).limit(1)) is not None
