"""Purchase frequency: how often those who buy do."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, ratio
from engine.metrics.purchases import in_period, whole
from engine.metrics.standing import order


@METRICS.register("purchase_frequency")
class PurchaseFrequency(Metric):
    """Orders by those who ordered in the period."""

    name = "purchase frequency"
    meaning = "Orders in the period by each customer who ordered in it."
    formula = "orders / customers who ordered"
    source = "Farris, Bendle, Pfeifer, Reibstein: Marketing Metrics (3rd ed., 2015), chapter 5"
    unit = Unit.NUMBER
    better = "higher"

    def measure(self, ask: Ask) -> Figure:
        found = select(func.count(), func.count(order.c.customer_id.distinct())).where(in_period(ask))
        orders, buyers = (whole(number) for number in ask.connection.execute(found).one())
        return Figure(ratio(orders, buyers), {"orders": orders, "buyers": buyers})
