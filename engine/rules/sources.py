"""What history is read from, and how: one Source for each table that rules ask facts of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from engine.rules.facts import Source
from engine.store.campaigns import Enrollment
from engine.store.database import table
from engine.store.history import CustomerEvent, Order, OrderLine, Product, Subscription
from engine.store.ledger import Delivery
from engine.store.people import Customer, CustomerTag
from engine.store.replies import Code, ProviderEvent
from engine.store.types import unindexed

customer = table(Customer)
order = table(Order)
line = table(OrderLine)
product = table(Product)
event = table(CustomerEvent)
subscription = table(Subscription)
tag = table(CustomerTag)
delivery = table(Delivery)
reply = table(ProviderEvent)
enrollment = table(Enrollment)
code = table(Code)

ORDERS = Source(
    "order",
    order,
    order.c.customer_id,
    lambda as_of: [order.c.ordered_at < as_of],
    people=lambda as_of: _customers(order.c.customer_id, as_of),
)
#: Lines with their order, which has the date and the status; a line without its order is in no pass. They
#: lie by customer and are read so; few pass a test, and only those need their order looked up.
LINES = Source(
    "line",
    line,
    line.c.customer_id,
    lambda as_of: [order.c.ordered_at < as_of],
    extras=((product, product.c.sku == line.c.sku),),
    last=(
        order,
        and_(
            order.c.customer_id == unindexed(line.c.customer_id),
            order.c.order_id == unindexed(line.c.order_id),
        ),
    ),
    selective=True,
)
EVENTS = Source(
    "event", event, event.c.customer_id, lambda as_of: [event.c.occurred_at < as_of], selective=True
)
SUBSCRIPTIONS = Source(
    "subscription", subscription, subscription.c.customer_id, lambda as_of: _running(as_of), selective=True
)
TAGS = Source("tag", tag, tag.c.customer_id, selective=True)
# Our own ledger is cut by its conditions, and only where the person asked for a past instant.
MESSAGES = Source("message", delivery, delivery.c.customer_id, selective=True, scattered=True)
REPLIES = Source("reply", reply, reply.c.customer_id, selective=True)
PASSAGES = Source("passage", enrollment, enrollment.c.customer_id, selective=True)
CODES = Source("code", code, code.c.customer_id, selective=True, scattered=True)

#: A line's category is its own, else its product's.
line_category = func.coalesce(line.c.category, product.c.category)


def _customers(customer_id: ColumnElement[str], as_of: datetime) -> ColumnElement[bool]:
    """Whoever is no customer yet is in no population: few, and every row of history has its customer."""
    later = customer.alias("later")
    return customer_id.not_in(select(later.c.customer_id).where(later.c.created_at >= as_of))


def _running(as_of: datetime) -> list[ColumnElement[bool]]:
    """The one version of each subscription that held at `as_of`, if it had started by then."""
    version = subscription.c
    return [
        version.valid_from < as_of,
        or_(version.valid_to.is_(None), version.valid_to >= as_of),
        or_(version.started_at.is_(None), version.started_at < as_of),
    ]
