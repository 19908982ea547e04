"""Who is compared with whom: everybody that has bought, and is there."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from engine.rules.facts import whose
from engine.rules.scope import Scope
from engine.rules.sources import ORDERS, customer


def buyers(scope: Scope, orders: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    """The customers with orders among those; whoever is no customer yet is in no population.

    Every row of history has its customer, so it is enough to leave out the few who come later.
    """
    later = customer.alias("later")
    not_yet = select(later.c.customer_id).where(later.c.created_at >= scope.horizon)
    return orders > 0, whose(ORDERS).not_in(not_yet)
