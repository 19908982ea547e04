"""Net revenue churn: what was lost, less what those who stayed pay more."""

from __future__ import annotations

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent
from engine.metrics.recurring import recurring


@METRICS.register("net_revenue_churn")
class NetRevenueChurn(Metric):
    """Below zero where those who stay bring more than those who leave take."""

    name = "net revenue churn"
    meaning = "Monthly revenue that was lost, less what customers of the start pay more at the end."
    formula = "(MRR cancelled + MRR reduced - MRR expanded) / MRR at the start * 100"
    source = "Skok: SaaS Metrics 2.0, a guide to measuring and improving what matters (2010)"
    unit = Unit.PERCENT
    better = "lower"

    def measure(self, ask: Ask) -> Figure:
        found = recurring(ask)
        lost = found.cancelled + found.reduced - found.expanded
        kept = percent(found.start - lost, found.start)
        return Figure(percent(lost, found.start), {**found.parts, "net_revenue_retention": kept})
