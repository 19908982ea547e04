"""Everything that is held about one customer, as plain values for whoever asks for their data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, false, or_, select
from sqlmodel import SQLModel

from engine import clock
from engine.money import to_decimal
from engine.store.campaigns import Enrollment
from engine.store.database import table
from engine.store.history import CustomerEvent, Order, OrderLine, Subscription
from engine.store.ledger import Attempt, Delivery
from engine.store.outcomes import Outcome
from engine.store.people import Consent, CustomerTag
from engine.store.replies import Code, ProviderEvent
from engine.store.suppressions import suppression
from engine.store.types import ALWAYS, READINGS
from engine.vocabulary import Channel

TABLES: dict[str, type[SQLModel]] = {
    "tags": CustomerTag,
    "consents": Consent,
    "orders": Order,
    "order_lines": OrderLine,
    "subscriptions": Subscription,
    "events": CustomerEvent,
    "enrollments": Enrollment,
    "deliveries": Delivery,
    "attempts": Attempt,
    "provider_events": ProviderEvent,
    "codes": Code,
    "outcomes": Outcome,
}
#: How the program keeps its rows apart, and what opens a door: no part of anybody's data.
_OURS = frozenset(
    "bucket birthday_mmdd seq line_key ordinal dedupe_key epoch owner token valid_from valid_to".split()
)
_MONEY = frozenset(("amount", "unit_price", "monthly_price", "revenue"))
_NOTED = frozenset(("attributes", "properties"))


def export(connection: Connection, row: Any, currency: str) -> dict[str, Any]:
    """Everything about the customer of that row; amounts in their currency, else the brand's."""
    told: dict[str, Any] = {"customer": _plain(dict(row._mapping), currency)}
    for name, model in TABLES.items():
        rows = table(model)
        told[name] = _rows(connection, rows, rows.c.customer_id == row.customer_id, currency)
    told["tags"] = [one["tag"] for one in told["tags"]]
    told["suppressions"] = _rows(connection, suppression, suppressed(row), currency)
    return told


def suppressed(row: Any) -> ColumnElement[bool]:
    """Suppressions of the customer's addresses."""
    places = ((Channel.EMAIL, row.email_address), (Channel.SMS, row.phone_address))
    own = [
        and_(suppression.c.channel == channel.value, suppression.c.address == address)
        for channel, address in places
        if address
    ]
    return or_(false(), *own)


def _rows(
    connection: Connection, rows: Table, which: ColumnElement[bool], currency: str
) -> list[dict[str, Any]]:
    found = connection.execute(select(rows).where(which).order_by(*rows.primary_key.columns)).mappings()
    return [_plain({name: one[name] for name in one if name != "customer_id"}, currency) for one in found]


def _plain(row: dict[str, Any], currency: str) -> dict[str, Any]:
    own = row.get("currency") or currency
    return {name: _value(name, value, own) for name, value in row.items() if name not in _OURS}


def _value(name: str, value: Any, currency: str) -> Any:
    if isinstance(value, datetime):
        return None if value == ALWAYS else clock.iso(value)
    if name in _MONEY and value is not None:
        return to_decimal(value, currency)
    if name in _NOTED and value is not None:
        return {key: reading and reading[READINGS["text"]] for key, reading in value.items()}
    return value
