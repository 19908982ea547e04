"""What happened: orders and their lines, products, subscriptions, events. Append-only facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, Index
from sqlmodel import Field, SQLModel

from engine.store.types import ByteText, Instant, Plain


class Order(SQLModel, table=True):
    """An order of any status; `amount` in minor units of `currency`, negative for a refund.

    Clustered by customer, because every rule reads it grouped by customer.
    """

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_order_id", "order_id"), {"sqlite_with_rowid": False})

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    order_id: str = Field(primary_key=True, sa_type=ByteText)
    ordered_at: datetime = Field(sa_type=Instant)
    amount: int = Field(sa_type=BigInteger)
    currency: str
    status: str = "completed"
    code: str | None = None


class OrderLine(SQLModel, table=True):
    """One line of an order. `customer_id` is empty while its order has not come yet.

    `line_key` is a hash of the line's content, `ordinal` its number among equal lines of the
    order. `amount` is as given, else quantity times unit price, else 0, in minor units.
    """

    __tablename__ = "order_line"
    __table_args__ = (Index("ix_order_line_order_id", "order_id"), {"sqlite_with_rowid": False})

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    order_id: str = Field(primary_key=True, sa_type=ByteText)
    line_key: str = Field(primary_key=True, sa_type=ByteText)
    ordinal: int = Field(primary_key=True)
    sku: str | None = None
    category: str | None = None
    quantity: float | None = Field(default=None, sa_type=Double)
    unit_price: int | None = Field(default=None, sa_type=BigInteger)
    amount: int = Field(default=0, sa_type=BigInteger)


class Product(SQLModel, table=True):
    """What the shop sells."""

    __tablename__ = "product"

    sku: str = Field(primary_key=True, sa_type=ByteText)
    description: str | None = None
    category: str | None = None


class Subscription(SQLModel, table=True):
    """One version of a subscription, account, membership, trial or free offer.

    A version holds for `valid_from < as_of`, and `as_of <= valid_to` where that is given: a changed
    price, plan, status or expiry closes one version and opens the next. The first version's
    `valid_from` is `types.ALWAYS`; whether the subscription exists is asked of `started_at`.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_subscription_id", "subscription_id"),)

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    subscription_id: str = Field(primary_key=True, sa_type=ByteText)
    valid_from: datetime = Field(primary_key=True, sa_type=Instant)
    valid_to: datetime | None = Field(default=None, sa_type=Instant)
    kind: str = "subscription"
    plan: str | None = None
    status: str = "active"
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    monthly_price: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None


class CustomerEvent(SQLModel, table=True):
    """A dated fact about a customer; `properties` are noted as attributes are."""

    __tablename__ = "event"
    __table_args__ = ({"sqlite_with_rowid": False},)

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    event_id: str = Field(primary_key=True, sa_type=ByteText)
    event: str
    occurred_at: datetime = Field(sa_type=Instant)
    properties: dict[str, Any] | None = Field(default=None, sa_type=Plain)


class ImportRecord(SQLModel, table=True):
    """One file that was read: when, and how many rows were kept and left out."""

    __tablename__ = "import_record"

    kind: str = Field(primary_key=True)
    finished_at: datetime = Field(primary_key=True, sa_type=Instant)
    file: str = Field(primary_key=True)
    kept: int = 0
    left_out: int = 0
