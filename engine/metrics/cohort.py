"""Cohorts: customers by the month of their first order, and in which months they ordered again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from engine.metrics.metric import Ask
from engine.metrics.standing import completed, order

#: So many months, the one of the period's end among them.
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers whose first order was in the month of `begins`: how many, and who ordered in each month."""

    begins: datetime
    size: int
    active: tuple[int, ...]
    #: Whether the last of the months was not over yet.
    unfinished: bool


def cohorts(ask: Ask) -> list[Cohort]:
    """The cohorts of the last twelve months, oldest first; one that nobody is in is left out."""
    bounds = ask.period.months_back(MONTHS)
    at = order.c.ordered_at
    month = case(*((at < bound, number) for number, bound in enumerate(bounds[:-1])), else_=MONTHS)
    bought = (
        select(order.c.customer_id, month.label("month"))
        .where(completed(ask.period.end))
        .group_by(order.c.customer_id, month)
        .subquery()
    )
    first = func.min(bought.c.month).over(partition_by=bought.c.customer_id)
    each = select(first.label("first"), bought.c.month).subquery()
    counted = (
        select(each.c.first, each.c.month, func.count())
        .where(each.c.first > 0)
        .group_by(each.c.first, each.c.month)
    )
    found = {(began, month): number for began, month, number in ask.connection.execute(counted)}
    unfinished = ask.period.calendar.ahead(bounds[-2], ask.period.month) > ask.period.end
    return [
        Cohort(
            bounds[number - 1],
            found[number, number],
            tuple(found.get((number, later), 0) for later in range(number, MONTHS + 1)),
            unfinished,
        )
        for number in range(1, MONTHS + 1)
        if (number, number) in found
    ]


def curve(found: list[Cohort]) -> list[tuple[int, int, int]]:
    """For each number of months on: who ordered then, of how many, over all cohorts whose month is over."""
    told = []
    for months in range(MONTHS):
        there = [one for one in found if len(one.active) - one.unfinished > months]
        if there:
            told.append((months, sum(one.active[months] for one in there), sum(one.size for one in there)))
    return told
