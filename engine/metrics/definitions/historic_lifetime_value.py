"""Historic lifetime value: what a customer has brought so far."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Money, Unit, ratio
from engine.metrics.purchases import lives, whole


@METRICS.register("historic_lifetime_value")
class HistoricLifetimeValue(Metric):
    """Revenue, not margin: the shop's costs are not known here."""

    name = "historic lifetime value"
    meaning = "What a customer who ever ordered has spent up to the end of the period, on average."
    formula = "revenue of all time / customers with an order"
    source = (
        "Gupta, Hanssens, Hardie et al.: Modeling Customer Lifetime Value, J. of Service Research 9 (2006)"
    )
    unit = Unit.MONEY
    better = "higher"

    def measure(self, ask: Ask) -> Figure:
        one = lives(ask)
        found = select(func.count(), func.sum(one.c.spent)).select_from(one)
        buyers, revenue = (whole(number) for number in ask.connection.execute(found).one())
        return Figure(ratio(revenue, buyers), {"buyers": buyers, "revenue": Money(revenue)})
