"""Gross revenue churn: recurring revenue lost to cancellations and smaller plans."""

from __future__ import annotations

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent
from engine.metrics.recurring import recurring


@METRICS.register("gross_revenue_churn")
class GrossRevenueChurn(Metric):
    """What was lost, whatever others brought."""

    name = "gross revenue churn"
    meaning = "Monthly revenue of the start that was lost, to cancellations and to smaller plans."
    formula = "(MRR cancelled + MRR reduced) / MRR at the start * 100"
    source = "Skok: SaaS Metrics 2.0, a guide to measuring and improving what matters (2010)"
    unit = Unit.PERCENT
    better = "lower"

    def measure(self, ask: Ask) -> Figure:
        found = recurring(ask)
        lost = found.cancelled + found.reduced
        kept = percent(found.start - lost, found.start)
        return Figure(percent(lost, found.start), {**found.parts, "gross_revenue_retention": kept})
