"""Retention by where customers came from."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent
from engine.metrics.purchases import whole
from engine.metrics.standing import standing
from engine.store.database import table
from engine.store.people import Customer

_customer = table(Customer)
#: The largest sources are told one by one, the rest together.
TOLD = 12


@METRICS.register("retention_by_source")
class RetentionBySource(Metric):
    """The strict share, by the `source` of the customers' file."""

    name = "retention by acquisition source"
    meaning = "Of the customers of the start who came from a source, those who are still there at the end."
    formula = "retained / S * 100, for each source"
    source = "Farris, Bendle, Pfeifer, Reibstein: Marketing Metrics (3rd ed., 2015), chapter 5"
    unit = Unit.PERCENT
    better = "higher"
    compared = False

    def measure(self, ask: Ask) -> Figure:
        row = standing(ask)
        name = func.coalesce(_customer.c.source, "")
        found = ask.connection.execute(
            select(name, func.sum(row.c.was), func.sum(row.c.was * row.c.stays))
            .outerjoin_from(row, _customer, _customer.c.customer_id == row.c.customer_id)
            .where(row.c.was == 1)
            .group_by(name)
            .order_by(func.sum(row.c.was).desc(), name)
        ).all()
        told = [(str(source or "unknown"), whole(first), whole(kept)) for source, first, kept in found]
        rest = told[TOLD:]
        if rest:
            others = ("others", sum(first for _, first, _ in rest), sum(kept for *_, kept in rest))
            told = [*told[:TOLD], others]
        rows = [
            {"source": source, "S": first, "retained": kept, "share": percent(kept, first)}
            for source, first, kept in told
        ]
        everybody = sum(first for _, first, _ in told)
        return Figure(percent(sum(kept for *_, kept in told), everybody), {"sources": len(found)}, rows)
