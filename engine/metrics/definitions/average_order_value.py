"""Average order value."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Money, Unit, ratio
from engine.metrics.purchases import in_period, whole
from engine.metrics.standing import order


@METRICS.register("average_order_value")
class AverageOrderValue(Metric):
    """Of orders in the brand's currency; refunds that are orders of their own count as such."""

    name = "average order value"
    meaning = "What an order of the period is worth on average, in the brand's currency."
    formula = "revenue / orders"
    source = "Farris, Bendle, Pfeifer, Reibstein: Marketing Metrics (3rd ed., 2015), chapter 3"
    unit = Unit.MONEY
    better = "higher"

    def measure(self, ask: Ask) -> Figure:
        ours = in_period(ask) & (order.c.currency == ask.currency)
        found = ask.connection.execute(select(func.count(), func.sum(order.c.amount)).where(ours)).one()
        orders, revenue = (whole(number) for number in found)
        return Figure(ratio(revenue, orders), {"orders": orders, "revenue": Money(revenue)})
