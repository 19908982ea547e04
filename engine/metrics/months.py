"""The last twelve months, one row each: for curves, and to see what moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from engine.metrics.cohort import MONTHS
from engine.metrics.metric import Ask, percent
from engine.metrics.purchases import amount, whole
from engine.metrics.standing import completed, order, standings
from engine.money import to_decimal


def months(ask: Ask) -> list[dict[str, Any]]:
    """Customers and losses, orders, revenue, buyers and newcomers of each month; empty ones lead nowhere."""
    bounds = ask.period.months_back(MONTHS)
    there, bought, new = _customers(ask, bounds), _orders(ask, bounds), _newcomers(ask, bounds)
    calendar = ask.period.calendar
    last_is_over = calendar.ahead(bounds[-2], ask.period.month) <= ask.period.end
    rows = []
    for number in range(MONTHS):
        first, kept = there[number]
        orders, revenue, buyers = bought.get(number, (0, 0, 0))
        rows.append(
            {
                "month": calendar.show(bounds[number]).partition(" ")[0],
                "S": first,
                "lost": first - kept,
                "churn": percent(first - kept, first),
                "orders": orders,
                "revenue": to_decimal(revenue, ask.currency),
                "buyers": buyers,
                "new": new.get(number, 0),
                "unfinished": number == MONTHS - 1 and not last_is_over,
            }
        )
    return rows


def _customers(ask: Ask, bounds: Sequence[datetime]) -> list[tuple[int, int]]:
    """How many stood at the beginning of each month, and how many of them at its end."""
    one = standings(ask, bounds)
    columns: list[ColumnElement[Any]] = []
    for number in range(MONTHS):
        first, last = one.c[f"stands{number}"], one.c[f"stands{number + 1}"]
        columns += [func.sum(first).label(f"s{number}"), func.sum(first * last).label(f"k{number}")]
    found = [whole(value) for value in ask.connection.execute(select(*columns)).one()]
    return list(zip(found[::2], found[1::2], strict=True))


def _month(at: ColumnElement[Any], bounds: Sequence[datetime]) -> ColumnElement[int]:
    """The number of the month from 0; before them -1."""
    return case(*((at < bound, number - 1) for number, bound in enumerate(bounds[:-1])), else_=MONTHS - 1)


def _orders(ask: Ask, bounds: Sequence[datetime]) -> dict[int, tuple[int, int, int]]:
    month = _month(order.c.ordered_at, bounds).label("month")
    held = and_(completed(ask.period.end), order.c.ordered_at >= bounds[0])
    buyers = func.count(order.c.customer_id.distinct())
    grouped = select(month, func.count(), func.sum(amount(ask)), buyers).where(held).group_by(month)
    return {row[0]: (whole(row[1]), whole(row[2]), whole(row[3])) for row in ask.connection.execute(grouped)}


def _newcomers(ask: Ask, bounds: Sequence[datetime]) -> dict[int, int]:
    first = (
        select(func.min(order.c.ordered_at).label("at"))
        .where(completed(ask.period.end))
        .group_by(order.c.customer_id)
        .subquery()
    )
    month = _month(first.c.at, bounds).label("month")
    grouped = select(month, func.count()).where(first.c.at >= bounds[0]).group_by(month)
    return {number: whole(customers) for number, customers in ask.connection.execute(grouped)}
