"""Who is a customer at the beginning and at the end of a period, in one pass over orders and subscriptions.

A customer stands at an instant who has a live subscription then, or who ordered within `lost_after`
before it and has not ended a subscription since. So whoever cancelled is lost at once, whoever only buys
is lost after so long a silence, and a new order brings both back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from engine.metrics.metric import Ask
from engine.store.database import table
from engine.store.history import Order, Subscription
from engine.store.types import Instant

order = table(Order)
subscription = table(Subscription)
#: Kinds of subscription that do not make a customer yet.
TRYING = ("trial", "free_offer")


def completed(before: datetime) -> ColumnElement[bool]:
    """Orders that count, as they stood at that instant."""
    return and_(order.c.status == "completed", order.c.ordered_at < before)


def flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """1 where it holds, else 0."""
    return case((condition, 1), else_=0)


def version_at(at: datetime) -> ColumnElement[bool]:
    """The version of a subscription that held then, of one that had begun."""
    row = subscription.c
    holds = and_(row.valid_from < at, or_(row.valid_to.is_(None), row.valid_to >= at))
    return and_(holds, func.coalesce(row.started_at < at, True), row.kind.not_in(TRYING))


def live(at: datetime) -> ColumnElement[bool]:
    """A version that was neither cancelled nor expired by then; an end still ahead has not come."""
    row = subscription.c
    cancelled = and_(row.status == "cancelled", func.coalesce(row.cancelled_at < at, True))
    expired = and_(row.status == "expired", func.coalesce(row.expires_at < at, True))
    return and_(version_at(at), ~cancelled, ~expired)


def _ended(at: datetime) -> ColumnElement[Any]:
    """When a subscription came to its end, of one that was over by then."""
    row = subscription.c
    over = case((row.status == "cancelled", row.cancelled_at), (row.status == "expired", row.expires_at))
    return case((and_(version_at(at), ~live(at)), over))


def standing(ask: Ask) -> CTE:
    """A row for everybody who ever came: `customer_id`, `first`, and 1 or 0 for `was` and `stays`."""
    one = standings(ask, [ask.period.start, ask.period.end])
    return select(
        one.c.customer_id, one.c.first, one.c.stands0.label("was"), one.c.stands1.label("stays")
    ).cte("standing")


def standings(ask: Ask, instants: Sequence[datetime]) -> CTE:
    """The same at many instants, oldest first: `stands0`, `stands1` and so on."""
    numbers = range(len(instants))
    parts = union_all(_by_orders(instants), _by_subscriptions(instants)).subquery()
    names = [f"{what}{number}" for number in numbers for what in ("last", "live", "ended")]
    folded = select(
        parts.c.customer_id,
        func.min(parts.c.first).label("first"),
        *(func.max(parts.c[name]).label(name) for name in names),
    ).group_by(parts.c.customer_id)
    one = folded.subquery()
    held = (
        _stands(one.c, number, ask.period.calendar.back(at, ask.lost_after))
        for number, at in enumerate(instants)
    )
    columns = [flag(holds).label(f"stands{number}") for number, holds in enumerate(held)]
    return select(one.c.customer_id, one.c.first, *columns).cte("standings")


def _stands(row: Any, number: int, since: datetime) -> ColumnElement[bool]:
    last, ended = row[f"last{number}"], row[f"ended{number}"]
    silent = or_(last.is_(None), last < since, and_(ended.is_not(None), last <= ended))
    return or_(row[f"live{number}"] == 1, ~silent)


def _by_orders(instants: Sequence[datetime]) -> Select[Any]:
    at, nothing = order.c.ordered_at, cast(null(), Instant)
    columns: list[ColumnElement[Any]] = []
    for number, instant in enumerate(instants):
        before = at if instant == instants[-1] else case((at < instant, at))
        columns += [
            func.max(before).label(f"last{number}"),
            literal(0, Integer).label(f"live{number}"),
            nothing.label(f"ended{number}"),
        ]
    return (
        select(order.c.customer_id, func.min(at).label("first"), *columns)
        .where(completed(instants[-1]))
        .group_by(order.c.customer_id)
    )


def _by_subscriptions(instants: Sequence[datetime]) -> Select[Any]:
    row = subscription.c
    columns: list[ColumnElement[Any]] = []
    for instant in instants:
        columns += [cast(null(), Instant), func.max(flag(live(instant))), func.max(_ended(instant))]
    return (
        select(row.customer_id, func.min(row.started_at), *columns)
        .where(row.kind.not_in(TRYING), func.coalesce(row.started_at < instants[-1], True))
        .group_by(row.customer_id)
    )
