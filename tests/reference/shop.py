"""A shop as plain values: what the rules of the reference are asked about."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Line:
    """`amount` and `unit_price` are in minor units of the order's currency."""

    sku: str | None = None
    category: str | None = None
    amount: int | None = None
    quantity: int | None = None
    unit_price: int | None = None

    @property
    def worth(self) -> int:
        """As given, else quantity times unit price, else 0."""
        if self.amount is not None:
            return self.amount
        return 0 if self.quantity is None or self.unit_price is None else self.quantity * self.unit_price


@dataclass(frozen=True)
class Order:
    order_id: str
    at: datetime
    amount: int
    currency: str
    status: str = "completed"
    code: str | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Product:
    sku: str
    description: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class Event:
    event: str
    at: datetime
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """How a subscription stood until `until`, the last instant at which it stood so."""

    until: datetime | None
    status: str
    plan: str | None = None
    expires: datetime | None = None
    cancelled: datetime | None = None
    price: int | None = None


@dataclass(frozen=True)
class Subscription:
    """Versions from the oldest to the newest; only the newest has no end."""

    subscription_id: str
    kind: str
    started: datetime | None
    currency: str | None
    versions: tuple[Version, ...]


@dataclass(frozen=True)
class Consent:
    """`at` is None when nobody knows since when: always."""

    channel: str
    topic: str
    at: datetime | None
    status: str


@dataclass(frozen=True)
class Enrollment:
    campaign: str
    state: str
    entered: datetime
    ended: datetime | None = None


@dataclass(frozen=True)
class Reply:
    """What came back about a message: `opened` or `clicked`, perhaps by a machine."""

    kind: str
    at: datetime
    bot: bool


@dataclass(frozen=True)
class Delivery:
    """A promised message: `settled` is when its state became final."""

    campaign: str
    channel: str
    state: str
    settled: datetime | None
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True)
class Code:
    """A code of an offer. One that is not issued is only set aside."""

    offer: str
    issued: datetime | None
    expires: datetime | None = None
    redeemed: datetime | None = None


@dataclass(frozen=True)
class Customer:
    """One customer with everything that belongs to them. Consents stand as in their file."""

    customer_id: str
    email: str | None = None
    country: str | None = None
    city: str | None = None
    language: str | None = None
    timezone: str | None = None
    source: str | None = None
    birthday: str | None = None
    created: datetime | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()
    events: tuple[Event, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    consents: tuple[Consent, ...] = ()
    enrollments: tuple[Enrollment, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True)
class Brand:
    timezone: str = "UTC"
    calendar: str = "gregorian"
    currency: str = "GBP"


@dataclass(frozen=True)
class Shop:
    brand: Brand
    customers: tuple[Customer, ...]
    products: tuple[Product, ...] = ()
