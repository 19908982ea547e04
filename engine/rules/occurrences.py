"""Events by name, wherever they come from: an imported completed order is also the event `order_placed`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, case, or_

from engine.rules.purchases import COMPLETED
from engine.rules.scope import Scope
from engine.rules.sources import EVENTS, ORDERS, event, order
from engine.store.types import called

ORDER_PLACED = "order_placed"


def latest(scope: Scope, name: str) -> ColumnElement[datetime]:
    """When the latest event of that name was; NULL where there is none."""
    did = scope.facts.latest(EVENTS, event.c.occurred_at, called(event.c.event, name))
    if name != ORDER_PLACED:
        return did
    ordered = scope.facts.latest(ORDERS, order.c.ordered_at, COMPLETED)
    return later(ordered, did)


def later(one: ColumnElement[datetime], other: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The later of two instants, of which either may be missing."""
    return case((or_(one.is_(None), other > one), other), else_=one)
