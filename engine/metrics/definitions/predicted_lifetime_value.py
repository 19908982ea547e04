"""Predicted lifetime value: what customers will bring in the year to come, and who is still there."""

from __future__ import annotations

from engine.metrics.histories import histories
from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit
from engine.metrics.prediction import BgNbd, GammaGamma, libraries
from engine.money import exponent

#: The year that is looked ahead, in weeks, and how many must have come again before it can be.
AHEAD = 365 / 7
ENOUGH = 50


@METRICS.register("predicted_lifetime_value")
class PredictedLifetimeValue(Metric):
    """For shops without contracts. Revenue, not margin, and not discounted."""

    name = "predicted lifetime value"
    meaning = "What a customer who ever ordered will spend in the next 365 days, on average."
    formula = "expected orders (BG/NBD) * expected value of an order (Gamma-Gamma)"
    source = (
        "Fader, Hardie, Lee: Counting Your Customers the Easy Way, Marketing Science 24 (2005); "
        "Fader, Hardie: The Gamma-Gamma Model of Monetary Value (2013)"
    )
    unit = Unit.MONEY
    better = "higher"
    compared = False
    extra = "predict"

    def measure(self, ask: Ask) -> Figure:
        numpy, _, _ = libraries()
        seen = histories(ask)
        valued = (seen.x > 0) & (seen.mean > 0)
        if int(valued.sum()) < ENOUGH:
            return Figure(None, note=f"Predictions need {ENOUGH} customers who came again.")
        how_often = BgNbd.fit(seen.x, seen.recency, seen.age)
        how_much = GammaGamma.fit(seen.x[valued], seen.mean[valued])
        alive = how_often.alive(seen.x, seen.recency, seen.age)
        orders = how_often.expected(AHEAD, seen.x, seen.recency, seen.age)
        worth = how_much.expected(seen.x, numpy.maximum(seen.mean, 0))
        value = float((orders * worth).mean())
        return Figure(
            value * 10 ** exponent(ask.currency),
            {
                "customers": len(seen.x) * seen.part,
                "fitted": len(seen.x),
                "repeat_buyers": int((seen.x > 0).sum()) * seen.part,
                "probability_alive": 100 * float(alive.mean()),
                "predicted_orders": float(orders.mean()),
                **{f"bg_nbd_{name}": getattr(how_often, name) for name in ("r", "alpha", "a", "b")},
                **{f"gamma_gamma_{name}": getattr(how_much, name) for name in ("p", "q", "gamma")},
            },
            note="" if seen.part == 1 else f"Fitted on one customer in {seen.part}.",
        )
