"""Returning visitors, from the shop's visit events."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent
from engine.metrics.purchases import whole
from engine.metrics.standing import flag
from engine.store.database import table
from engine.store.history import CustomerEvent

_event = table(CustomerEvent)
#: What shops call it when somebody looks round.
VISITS = ("visit", "visited", "site_visited", "session_started", "page_viewed", "page_view", "product_viewed")


@METRICS.register("returning_visitors")
class ReturningVisitors(Metric):
    """Customers whom the shop knew when they visited; strangers are in no event."""

    name = "returning visitors"
    meaning = "Customers who visited in the period and had visited before it, of all who visited in it."
    formula = "visitors who had visited before the period / visitors of the period * 100"
    source = (
        "Google Analytics help: returning users; visits are events called visit, page_viewed and the like"
    )
    unit = Unit.PERCENT
    better = "higher"

    def measure(self, ask: Ask) -> Figure:
        row = _event.c
        one = (
            select(func.min(row.occurred_at).label("first"))
            .where(row.event.in_(VISITS), row.occurred_at < ask.period.end)
            .group_by(row.customer_id)
            .having(func.max(row.occurred_at) >= ask.period.start)
            .subquery()
        )
        again = flag(one.c.first < ask.period.start)
        found = select(func.count(), func.sum(again)).select_from(one)
        visitors, returning = (whole(number) for number in ask.connection.execute(found).one())
        return Figure(percent(returning, visitors), {"visitors": visitors, "returning": returning})
