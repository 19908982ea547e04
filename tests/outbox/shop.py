"""A small shop for the tests of sending: customers, a campaign that enrolled them, planned rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import Connection, literal, select

from engine.cycle.dispatch import Draft
from engine.outbox.enqueue import enqueue
from engine.outbox.tally import tally
from engine.outbox.transitions import Claimed, Key
from engine.policy.recheck import ALLOW, Decision
from engine.store.campaigns import Enrollment
from engine.store.database import Database, table
from engine.store.ledger import Delivery
from engine.store.people import Customer
from engine.store.types import ByteText, Instant
from engine.vocabulary import Channel, Message

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
customer, delivery, enrollment = table(Customer), table(Delivery), table(Enrollment)


def fill(database: Database, count: int, start: int = 0, **columns: Any) -> None:
    """That many customers, each enrolled and promised one message."""
    with database.write() as connection:
        numbers = range(start, start + count)
        connection.execute(customer.insert(), [_customer(number) for number in numbers])
        connection.execute(enrollment.insert(), [_passage(number, **columns) for number in numbers])
        promise(connection, **columns)


def promise(connection: Connection, **columns: Any) -> None:
    """Plans a message for every customer; what is planned already stays."""
    given: dict[str, Any] = {
        "campaign": literal("hello", ByteText),
        "version": literal("v1"),
        "slot": literal("2026-03-02T10:00", ByteText),
        "channel": literal("email"),
        "template": literal("hello"),
        "not_before": literal(NOW, Instant),
        "created_at": literal(NOW, Instant),
    }
    for name, value in columns.items():
        given[name] = literal(value, Instant if isinstance(value, datetime) else None)
    rows = [value.label(name) for name, value in given.items()]
    enqueue(connection, select(customer.c.customer_id, customer.c.email_address.label("address"), *rows))


def _customer(number: int) -> dict[str, object]:
    address = f"c{number}@example.com"
    return {"customer_id": f"c{number}", "email": address, "email_address": address, "bucket": number}


def _passage(number: int, **columns: Any) -> dict[str, object]:
    return {
        "customer_id": f"c{number}",
        "campaign": columns.get("campaign", "hello"),
        "subject": "",
        "slot": columns.get("slot", "2026-03-02T10:00"),
        "version": "v1",
        "state": "active",
        "step": 0,
        "address": f"c{number}@example.com",
        "entered_at": NOW,
    }


def states(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return dict(tally(connection))


def rows(database: Database) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(delivery).order_by(delivery.c.customer_id)).all())


def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
    """A message for each row, without templates."""
    return [Draft(row, message(row)) for row in rows]


def message(row: Claimed) -> Message:
    return Message(
        token=row.token,
        channel=Channel(row.channel),
        to=row.address,
        text=f"Hello {row.customer_id}",
        subject="Hello",
        html="<p>Hello</p>",
        campaign=row.campaign,
        slot=row.slot,
    )


def allow(connection: Connection, keys: Sequence[Key], now: datetime) -> Mapping[Key, Decision]:
    """The policy of a shop without policies."""
    return dict.fromkeys(keys, ALLOW)


class Clock:
    """A clock that the test sets."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def on(self, **length: float) -> None:
        self.at += timedelta(**length)


def never() -> Event:
    return Event()
