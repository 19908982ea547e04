"""How customers are spread over the scores for recency, frequency and money."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent
from engine.metrics.purchases import lives
from engine.rfm import GROUPS, PARTS, SCORES, group_of


@METRICS.register("rfm_distribution")
class RfmDistribution(Metric):
    """Its value is the share of champions; the scores are those of the rules' `rfm`."""

    name = "RFM distribution"
    meaning = "Everybody with an order by how lately, how often and for how much they buy, from 1 to 5."
    formula = "NTILE(5) over the last order, the number of orders and the money spent; ties by customer id"
    source = "Hughes: Strategic Database Marketing (1994); the groups are those of docs/rules.md"
    unit = Unit.PERCENT
    better = "higher"
    compared = False

    def measure(self, ask: Ask) -> Figure:
        one = lives(ask)
        sorted_by = (one.c.last, one.c.orders, one.c.spent)
        scores = [
            func.ntile(PARTS).over(order_by=[column, one.c.customer_id]).label(name)
            for name, column in zip(SCORES, sorted_by, strict=True)
        ]
        scored = select(*scores).subquery()
        columns = [scored.c[name] for name in SCORES]
        found = ask.connection.execute(
            select(*columns, func.count()).group_by(*columns).order_by(*columns)
        ).all()
        groups: Counter[str] = Counter()
        for *cell, customers in found:
            groups[group_of([int(score) for score in cell])] += customers
        everybody = sum(groups.values())
        return Figure(
            percent(groups["champions"], everybody),
            {"customers": everybody, **{name: groups[name] for name in GROUPS}},
            [{**dict(zip(SCORES, cell, strict=True)), "customers": number} for *cell, number in found],
        )
