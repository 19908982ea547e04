"""The cohort matrix: of those who first bought in a month, how many bought in each month after."""

from __future__ import annotations

from engine.metrics.cohort import cohorts, curve
from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent


@METRICS.register("cohort_retention")
class CohortRetention(Metric):
    """Its value is the share of all cohorts who bought in the month after their first."""

    name = "cohort retention"
    meaning = "Of the customers who first bought in a month, the share who bought in each month after it."
    formula = "cohort's customers who ordered in month k / cohort's customers * 100"
    source = "Fader, Hardie: How to Project Customer Retention, Journal of Interactive Marketing 21 (2007)"
    unit = Unit.PERCENT
    better = "higher"
    compared = False

    def measure(self, ask: Ask) -> Figure:
        found = cohorts(ask)
        calendar = ask.period.calendar
        rows = [
            {
                "month": calendar.show(one.begins).partition(" ")[0],
                "customers": one.size,
                "active": list(one.active),
                "shares": [percent(active, one.size) for active in one.active],
                "unfinished": one.unfinished,
            }
            for one in found
        ]
        points = curve(found)
        after = next((percent(active, size) for months, active, size in points if months == 1), None)
        return Figure(after, {"cohorts": len(found)}, rows)
