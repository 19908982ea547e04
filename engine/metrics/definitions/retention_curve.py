"""The retention curve: all cohorts of the cohort matrix together."""

from __future__ import annotations

from engine.metrics.cohort import cohorts, curve
from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent


@METRICS.register("retention_curve")
class RetentionCurve(Metric):
    """Its value is where the curve ends: the share of the oldest cohorts who still buy."""

    name = "retention curve"
    meaning = "How many still buy so many months after their first order, over the cohorts of a year."
    formula = "customers who ordered in month k after their first / customers whose month k is over * 100"
    source = "Fader, Hardie: How to Project Customer Retention, Journal of Interactive Marketing 21 (2007)"
    unit = Unit.PERCENT
    better = "higher"
    compared = False

    def measure(self, ask: Ask) -> Figure:
        rows = [
            {"month": months, "active": active, "customers": size, "share": percent(active, size)}
            for months, active, size in curve(cohorts(ask))
        ]
        return Figure(rows[-1]["share"] if len(rows) > 1 else None, {"months": max(0, len(rows) - 1)}, rows)
