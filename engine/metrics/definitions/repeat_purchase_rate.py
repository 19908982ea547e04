"""Repeat purchase rate: who came back at least once."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent
from engine.metrics.purchases import lives, whole
from engine.metrics.standing import flag


@METRICS.register("repeat_purchase_rate")
class RepeatPurchaseRate(Metric):
    """Over whole lives up to the period's end, so that it does not hang on the period's length."""

    name = "repeat purchase rate"
    meaning = "Customers with at least two orders, of all who ever ordered, up to the end of the period."
    formula = "customers with two orders or more / customers with an order * 100"
    source = "Farris, Bendle, Pfeifer, Reibstein: Marketing Metrics (3rd ed., 2015), chapter 5"
    unit = Unit.PERCENT
    better = "higher"

    def measure(self, ask: Ask) -> Figure:
        one = lives(ask)
        found = select(func.count(), func.sum(flag(one.c.orders > 1)), func.sum(one.c.orders)).select_from(
            one
        )
        buyers, again, orders = (whole(number) for number in ask.connection.execute(found).one())
        return Figure(percent(again, buyers), {"buyers": buyers, "repeat_buyers": again, "orders": orders})
