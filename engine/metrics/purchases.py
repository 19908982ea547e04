"""What customers bought, by customer: shared by the metrics that are about orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, select

from engine.metrics.metric import Ask
from engine.metrics.standing import completed, order


def amount(ask: Ask) -> ColumnElement[int]:
    """An order's amount in the brand's currency; other currencies do not count."""
    return case((order.c.currency == ask.currency, order.c.amount), else_=0)


def in_period(ask: Ask) -> ColumnElement[bool]:
    """Orders that count, of the period."""
    return completed(ask.period.end) & (order.c.ordered_at >= ask.period.start)


def lives(ask: Ask, until: datetime | None = None) -> Subquery:
    """Everybody who ever ordered: how often, for how much, and when last."""
    return (
        select(
            order.c.customer_id,
            func.count().label("orders"),
            func.sum(amount(ask)).label("spent"),
            func.max(order.c.ordered_at).label("last"),
        )
        .where(completed(until or ask.period.end))
        .group_by(order.c.customer_id)
        .subquery()
    )


def whole(value: Any) -> int:
    """A sum as an integer; nothing is 0."""
    return int(value or 0)
