"""Writing down what came back: once each, by fingerprint, with the delivery that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select, text
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.database import table
from engine.store.ledger import Attempt, Delivery
from engine.store.people import Customer
from engine.store.replies import OrphanEvent, ProviderEvent
from engine.vocabulary import Channel, Event, EventKind

attempt, delivery, customer = table(Attempt), table(Delivery), table(Customer)
reply, orphan = table(ProviderEvent), table(OrphanEvent)

Key = tuple[str, str]
#: How many events are looked up, and written, by one statement.
BATCH = 500
#: Tables before rows, as intents lock them: so that neither waits for the other for ever.
_IN_ORDER = "LOCK TABLE pause, consent, suppression IN ROW EXCLUSIVE MODE"
#: What suppresses nothing, ends no consent and pauses no campaign.
_HARMLESS = frozenset(
    (
        EventKind.SENT,
        EventKind.DEFERRED,
        EventKind.DELIVERED,
        EventKind.OPENED,
        EventKind.CLICKED,
        EventKind.ASKED,
    )
)


class About(NamedTuple):
    """What an event is about: a delivery, or only a customer with that address."""

    customer_id: str
    dedupe_key: str = ""
    campaign: str = ""
    channel: str = ""
    address: str = ""
    token: str = ""


class Known(NamedTuple):
    """An event, and one customer whom it is about."""

    event: Event
    about: About


@dataclass
class Taken:
    """What was new: events about somebody, events about nobody that we know; `again` were told before."""

    known: list[Known] = field(default_factory=list)
    orphans: list[Event] = field(default_factory=list)
    again: int = 0

    @property
    def keys(self) -> list[Key]:
        """The deliveries that something new is known about."""
        found = {(one.about.customer_id, one.about.dedupe_key) for one in self.known if one.about.dedupe_key}
        return sorted(found)


def batches(events: Iterable[Event]) -> Iterable[list[Event]]:
    """The events without those told twice, so many at once."""
    once = list({one.fingerprint: one for one in events}.values())
    for start in range(0, len(once), BATCH):
        yield once[start : start + BATCH]


def make_way(connection: Connection, events: Iterable[Event]) -> None:
    """Lets no message be intended from here to the commit where the events may forbid one.

    Opens and clicks, which are most of what comes back, hold up nobody.
    """
    forbids = any(one.kind not in _HARMLESS or one.bad_address for one in events)
    if forbids and connection.dialect.name == "postgresql":
        connection.execute(text(_IN_ORDER))


def take_in(connection: Connection, events: Sequence[Event], now: datetime) -> Taken:
    """Writes down the events that are new, and says which those are. Twice in a row it does nothing."""
    abouts = _whom(connection, events)
    known = [Known(event, about) for event in events for about in abouts.get(event.fingerprint, ())]
    orphans = [event for event in events if event.fingerprint not in abouts]
    taken = Taken(_add(connection, known, now), _add_orphans(connection, orphans, now))
    taken.again = len(known) + len(orphans) - len(taken.known) - len(taken.orphans)
    return taken


def _whom(connection: Connection, events: Sequence[Event]) -> dict[str, list[About]]:
    """By fingerprint, the delivery that is named; else everybody with that address."""
    by_token = _by(connection, _attempts([one.token for one in events if one.token]))
    by_id = _by(connection, _deliveries([one.delivery_id for one in events if one.delivery_id]))
    found = {one.fingerprint: by_token.get(one.token) or by_id.get(one.delivery_id) for one in events}
    _lock(connection, [about.dedupe_key for abouts in found.values() for about in abouts or ()])
    nameless = [one for one in events if not found[one.fingerprint] and one.channel and one.address]
    people = _people(connection, nameless)
    for one in nameless:
        found[one.fingerprint] = people.get((str(one.channel), one.address))
    return {fingerprint: abouts for fingerprint, abouts in found.items() if abouts}


_NAMED = (
    delivery.c.customer_id,
    delivery.c.dedupe_key,
    delivery.c.campaign,
    delivery.c.channel,
    delivery.c.address,
)


def _attempts(tokens: Sequence[str]) -> Select[Any] | None:
    if not tokens:
        return None
    same = (attempt.c.customer_id == delivery.c.customer_id) & (attempt.c.dedupe_key == delivery.c.dedupe_key)
    return (
        select(attempt.c.token, *_NAMED, attempt.c.token)
        .join(delivery, same)
        .where(attempt.c.token.in_(tokens))
    )


def _deliveries(ids: Sequence[str]) -> Select[Any] | None:
    return select(delivery.c.delivery_id, *_NAMED).where(delivery.c.delivery_id.in_(ids)) if ids else None


def _by(connection: Connection, rows: Select[Any] | None) -> dict[str, list[About]]:
    found = [] if rows is None else connection.execute(rows).all()
    return {row[0]: [About(*row[1:])] for row in found}


def _lock(connection: Connection, dedupe_keys: Iterable[str]) -> None:
    """Two workers with news of one message merge it one after the other. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        rows = select(delivery.c.dedupe_key).where(delivery.c.dedupe_key.in_(sorted(set(dedupe_keys))))
        connection.execute(rows.order_by(delivery.c.dedupe_key).with_for_update()).all()


def _people(connection: Connection, events: Sequence[Event]) -> dict[Key, list[About]]:
    """By channel and address, the customers who have it."""
    found: dict[Key, list[About]] = {}
    for channel, column in (
        (Channel.EMAIL, customer.c.email_address),
        (Channel.SMS, customer.c.phone_address),
    ):
        wanted = sorted({one.address for one in events if one.channel is channel})
        rows = select(customer.c.customer_id, column.label("address")).where(column.in_(wanted))
        for row in connection.execute(rows.order_by(customer.c.customer_id)) if wanted else ():
            about = About(row.customer_id, channel=channel.value, address=row.address)
            found.setdefault((channel.value, row.address), []).append(about)
    return found


def _add(connection: Connection, known: Sequence[Known], now: datetime) -> list[Known]:
    rows = {(one.about.customer_id, one.event.fingerprint): one for one in known}
    if not rows:
        return []
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = insert(reply).on_conflict_do_nothing().returning(reply.c.customer_id, reply.c.fingerprint)
    added = connection.execute(adding, [_row(one, now) for _, one in sorted(rows.items())])
    return [rows[row.customer_id, row.fingerprint] for row in added]


def _row(one: Known, now: datetime) -> dict[str, Any]:
    event, about = one
    return {
        **_told(event, now),
        "customer_id": about.customer_id,
        "dedupe_key": about.dedupe_key,
        "token": about.token,
        "campaign": about.campaign,
        "channel": about.channel,
        "bot": event.machine,
        "bad_address": event.bad_address,
        "link_id": event.link_id or None,
    }


def _told(event: Event, now: datetime) -> dict[str, Any]:
    return {
        "fingerprint": event.fingerprint,
        "kind": event.kind.value,
        "at": event.at,
        "received_at": now,
        "provider": event.provider,
        "provider_id": event.provider_id or None,
        "code": event.code or None,
        "detail": event.detail or None,
    }


def _add_orphans(connection: Connection, events: Sequence[Event], now: datetime) -> list[Event]:
    rows = {one.fingerprint: one for one in events}
    if not rows:
        return []
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = insert(orphan).on_conflict_do_nothing().returning(orphan.c.fingerprint)
    told = [
        {**_told(one, now), "token": one.token, "channel": str(one.channel or "")} for one in rows.values()
    ]
    return [rows[row.fingerprint] for row in connection.execute(adding, told)]
