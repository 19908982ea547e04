"""Customer retention rate, beside the share of the first customers who are still there."""

from __future__ import annotations

from sqlalchemy import and_, func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent
from engine.metrics.standing import flag, standing


@METRICS.register("customer_retention_rate")
class CustomerRetentionRate(Metric):
    """(E - N) / S, as shops publish it."""

    name = "customer retention rate"
    meaning = "Customers at the end, without those who were won in the period, over customers at its start."
    formula = "(E - N) / S * 100"
    source = "Farris, Bendle, Pfeifer, Reibstein: Marketing Metrics (3rd ed., 2015), chapter 5"
    unit = Unit.PERCENT
    better = "higher"

    def measure(self, ask: Ask) -> Figure:
        row = standing(ask)
        new = and_(row.c.first >= ask.period.start, row.c.first < ask.period.end)
        found = ask.connection.execute(
            select(
                func.sum(row.c.was),
                func.sum(row.c.stays),
                func.sum(row.c.stays * flag(new)),
                func.sum(row.c.was * row.c.stays),
            )
        ).one()
        first, last, newcomers, kept = (int(number or 0) for number in found)
        returned = last - newcomers - kept
        return Figure(
            percent(last - newcomers, first),
            {
                "S": first,
                "E": last,
                "N": newcomers,
                "retained": kept,
                "retained_share": percent(kept, first),
                "returned": returned,
            },
            note=""
            if not first
            else (
                "The strict share counts only those who were there at both ends. The rate also counts "
                f"{returned:,} who had been lost before and came back; neither sees newcomers who left "
                "again within the period."
            ),
        )
