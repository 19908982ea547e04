"""Customer churn: how many of those who were there are lost."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent
from engine.metrics.standing import standing


@METRICS.register("customer_churn_rate")
class CustomerChurnRate(Metric):
    """Lost in the period over customers at its start."""

    name = "customer churn rate"
    meaning = (
        "Customers of the start who were lost in the period: they cancelled, or were silent for too long."
    )
    formula = "lost / S * 100"
    source = "Gupta, Lehmann: Managing Customers as Investments (2005); lost as brand.lost_after says"
    unit = Unit.PERCENT
    better = "lower"

    def measure(self, ask: Ask) -> Figure:
        row = standing(ask)
        found = select(func.sum(row.c.was), func.sum(row.c.was * (1 - row.c.stays)))
        first, lost = (int(number or 0) for number in ask.connection.execute(found).one())
        return Figure(percent(lost, first), {"S": first, "lost": lost})
