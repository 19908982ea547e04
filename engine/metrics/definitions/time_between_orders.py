"""Time between orders: how long customers take to come back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit
from engine.metrics.purchases import whole
from engine.metrics.standing import completed, order
from engine.store.types import millis_between

_DAY = 86_400_000


@METRICS.register("time_between_orders")
class TimeBetweenOrders(Metric):
    """The median; the mean stands beside it, pulled up by those who came back after long."""

    name = "time between orders"
    meaning = (
        "Days from an order to the same customer's next one, in the middle of all that came in the period."
    )
    formula = "median of (time of an order - time of the customer's order before it)"
    source = (
        "Fader, Hardie: Probability Models for Customer-Base Analysis, J. of Interactive Marketing 23 (2009)"
    )
    unit = Unit.DAYS
    better = "lower"

    def measure(self, ask: Ask) -> Figure:
        gap = _gaps(ask).subquery()
        found = select(func.count(), func.sum(gap.c.gap)).select_from(gap)
        gaps, total = (whole(number) for number in ask.connection.execute(found).one())
        if not gaps:
            return Figure(None, {"gaps": 0, "mean": None})
        middle = select(gap.c.gap).order_by(gap.c.gap).offset((gaps - 1) // 2).limit(2 - gaps % 2)
        median = [whole(value) for value in ask.connection.scalars(middle)]
        return Figure(sum(median) / len(median) / _DAY, {"gaps": gaps, "mean": total / gaps / _DAY})


def _gaps(ask: Ask) -> Select[Any]:
    """The milliseconds before each order of the period that was not its customer's first."""
    at = order.c.ordered_at
    before = func.lag(at).over(partition_by=order.c.customer_id, order_by=[at, order.c.order_id])
    every = select(at, before.label("before")).where(completed(ask.period.end)).subquery()
    gap = cast(millis_between(every.c.before, every.c.ordered_at), BigInteger)
    held = every.c.ordered_at >= ask.period.start, every.c.before.is_not(None)
    return select(gap.label("gap")).where(*held)
