"""What follows from what came back: addresses that are not used any more, consents that have ended.

A hard bounce, a complaint and a STOP suppress the address at once, a third softly bounced message
within thirty days too; an unsubscribe ends the consent of everybody who has that address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.events.record import Known, Taken, customer, delivery, reply
from engine.store.database import table
from engine.store.people import Consent
from engine.store.suppressions import Reason, suppress
from engine.vocabulary import Channel, ConsentStatus, Event, EventKind

consent = table(Consent)

SOFT_BOUNCES = 3
SOFT_WITHIN = timedelta(days=30)
#: Of a yes and a no at one instant the no wins.
_LAST = 2**62
_ENDS = {
    EventKind.BOUNCED: "bounced",
    EventKind.COMPLAINED: "complained",
    EventKind.STOPPED: "opted_out",
}


def follow(connection: Connection, taken: Taken) -> None:
    """The effects of what was new. The same events in any order have the same effects."""
    orphans = [(one, str(one.channel or ""), one.address) for one in taken.orphans]
    told = [(one.event, one.about.channel, one.about.address) for one in taken.known]
    suppress(connection, [reason for one in (*told, *orphans) for reason in reasons_of(*one)])
    soft = [one.about.customer_id for one in taken.known if one.event.kind is EventKind.SOFT_BOUNCED]
    suppress(connection, worn_out(connection, soft))
    _end_consents(connection, [one for one in taken.known if one.event.kind is EventKind.UNSUBSCRIBED])


def reasons_of(event: Event, channel: str, address: str) -> Iterator[Reason]:
    """Why the address is not to be used, where one event alone says so."""
    reason = "invalid_address" if event.bad_address else _ENDS.get(event.kind)
    if reason and channel and address:
        yield Reason(channel, address, reason, event.at, event.provider or "provider")


def worn_out(connection: Connection, customers: Iterable[str]) -> Iterator[Reason]:
    """Their addresses at which three messages bounced softly within thirty days."""
    people = sorted(set(customers))
    about = and_(delivery.c.customer_id == reply.c.customer_id, delivery.c.dedupe_key == reply.c.dedupe_key)
    rows = (
        select(delivery.c.channel, delivery.c.address, func.min(reply.c.at).label("at"))
        .join(delivery, about)
        .where(reply.c.customer_id.in_(people), reply.c.kind == EventKind.SOFT_BOUNCED.value)
        .group_by(delivery.c.channel, delivery.c.address, reply.c.dedupe_key)
    )
    times: dict[tuple[str, str], list[datetime]] = {}
    for row in connection.execute(rows) if people else ():
        times.setdefault((row.channel, row.address), []).append(row.at)
    for (channel, address), at in times.items():
        third = third_in_a_row(at)
        if third is not None:
            yield Reason(channel, address, "bounced", third, "soft bounces")


def third_in_a_row(times: Sequence[datetime]) -> datetime | None:
    """The earliest time by which three lie within thirty days."""
    ordered = sorted(times)
    last = SOFT_BOUNCES - 1
    runs = zip(ordered, ordered[last:], strict=False)
    return next((third for first, third in runs if third - first <= SOFT_WITHIN), None)


def _end_consents(connection: Connection, known: Sequence[Known]) -> None:
    """Whoever has the address has said no: a person may be in the shop's records twice."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    for one in sorted(known, key=lambda one: (one.about.customer_id, one.event.fingerprint)):
        connection.execute(insert(consent).on_conflict_do_nothing(), _noes(connection, one))


def _noes(connection: Connection, one: Known) -> list[dict[str, Any]]:
    column = customer.c.email_address if one.about.channel == Channel.EMAIL else customer.c.phone_address
    people = connection.execute(select(customer.c.customer_id).where(column == one.about.address)).scalars()
    return [
        {
            "customer_id": name,
            "channel": one.about.channel,
            "topic": one.event.topic,
            "at": one.event.at,
            "status": ConsentStatus.UNSUBSCRIBED.value,
            "seq": _LAST,
            "source": one.event.provider or "unsubscribe",
        }
        for name in sorted({*people, one.about.customer_id})
    ]
