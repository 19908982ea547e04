"""One customer's life with us, in order: entered, waited, received, held back and why, opted out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, literal, select

from engine import clock
from engine.cycle.export import suppressed
from engine.store import consent as consents
from engine.store.campaigns import Enrollment
from engine.store.database import table
from engine.store.history import Order
from engine.store.ledger import Delivery
from engine.store.people import Consent, CustomerTag
from engine.store.replies import Code, ProviderEvent
from engine.store.suppressions import suppression
from engine.store.types import ALWAYS
from engine.vocabulary import Channel, ConsentStatus, EnrollmentState, EventKind, State

order, tag = table(Order), table(CustomerTag)
consent, enrollment, delivery = table(Consent), table(Enrollment), table(Delivery)
reply, code = table(ProviderEvent), table(Code)


_FIRST = ("created", "consent", "entered", "waited", "received", "code")


class Moment(NamedTuple):
    """Something that happened; `at` is None for what was always so."""

    at: datetime | None
    what: str
    text: str
    campaign: str = ""
    channel: str = ""


def life(connection: Connection, row: Any) -> dict[str, Any]:
    """Who the customer is, what may be sent to them, and every moment of their life with us."""
    name = " ".join(filter(None, (row.first_name, row.last_name)))
    tags = select(tag.c.tag).where(tag.c.customer_id == row.customer_id).order_by(tag.c.tag)
    ordered = select(func.count(), func.max(order.c.ordered_at)).where(order.c.customer_id == row.customer_id)
    orders, last = connection.execute(ordered).one()
    return {
        "customer_id": row.customer_id,
        "name": name or None,
        "email": row.email,
        "phone": row.phone,
        "country": row.country,
        "tags": list(connection.execute(tags).scalars()),
        "orders": orders,
        "last_order": clock.iso(last) if last else None,
        "consents": {channel.value: _consent(connection, row, channel) for channel in Channel},
        "suppressed": _suppressed(connection, row),
        "life": [_told(one) for one in sorted(_moments(connection, row), key=_order)],
    }


def _order(moment: Moment) -> tuple[datetime, int]:
    """In order of time; of one instant, what comes first in a life."""
    return moment.at or ALWAYS, _FIRST.index(moment.what) if moment.what in _FIRST else len(_FIRST)


def _told(moment: Moment) -> dict[str, Any]:
    return {**moment._asdict(), "at": clock.iso(moment.at) if moment.at else None}


def _consent(connection: Connection, row: Any, channel: Channel) -> str:
    asked = consents.status(literal(row.customer_id), channel.value, "", None)
    return str(connection.execute(select(asked)).scalar_one())


def _suppressed(connection: Connection, row: Any) -> dict[str, str]:
    rows = connection.execute(select(suppression).where(suppressed(row)).order_by(suppression.c.channel))
    return {one.channel: one.reason for one in rows}


def _moments(connection: Connection, row: Any) -> Iterator[Moment]:
    if row.created_at is not None:
        yield Moment(row.created_at, "created", "became a customer")
    yield from _consents(connection, row)
    yield from _passages(connection, row)
    yield from _messages(connection, row)
    yield from _replies(connection, row)
    yield from _codes(connection, row)
    for one in connection.execute(select(suppression).where(suppressed(row))):
        told = f"the {one.channel} address may not be used any more: {words(one.reason)}"
        yield Moment(one.at, "suppressed", told, channel=one.channel)


def _consents(connection: Connection, row: Any) -> Iterator[Moment]:
    for one in connection.execute(select(consent).where(consent.c.customer_id == row.customer_id)):
        said = "said yes to" if one.status == ConsentStatus.SUBSCRIBED else "opted out of"
        about = f" about {one.topic}" if one.topic else ""
        source = f" ({one.source})" if one.source else ""
        at = None if one.at == ALWAYS else one.at
        yield Moment(at, "consent", f"{said} {one.channel}{about}{source}", channel=one.channel)


_ENDS = {EnrollmentState.FINISHED: "finished", EnrollmentState.EXITED: "left"}


def _passages(connection: Connection, row: Any) -> Iterator[Moment]:
    for one in connection.execute(select(enrollment).where(enrollment.c.customer_id == row.customer_id)):
        if one.state == EnrollmentState.HOLDOUT:
            told = f"was left alone as part of the holdout of {one.campaign}"
            yield Moment(one.entered_at, "held_out", told, one.campaign)
            continue
        yield Moment(one.entered_at, "entered", f"entered {one.campaign} ({one.slot})", one.campaign)
        if one.ended_at is not None:
            told = f"{_ENDS.get(one.state, 'left')} {one.campaign}"
            yield Moment(one.ended_at, "ended", told, one.campaign)


#: How a message's state is told; `{}` is the message.
_STATES = {
    State.ACCEPTED: ("received", "received {}"),
    State.UNKNOWN: ("unknown", "may have received {}: the provider's answer was lost"),
    State.UNRESOLVED: ("unknown", "may have received {}: the provider's answer was lost"),
    State.SENDING: ("sending", "is being sent {}"),
    State.FAILED: ("failed", "did not get {}"),
    State.SUPPRESSED: ("held_back", "was not sent {}"),
    State.SKIPPED: ("held_back", "was not sent {}"),
    State.EXPIRED: ("held_back", "was not sent {}"),
    State.CANCELLED: ("held_back", "was not sent {}"),
}


def _messages(connection: Connection, row: Any) -> Iterator[Moment]:
    for one in connection.execute(select(delivery).where(delivery.c.customer_id == row.customer_id)):
        message = f"{one.template} by {one.channel}"
        about = {"campaign": one.campaign, "channel": one.channel}
        if one.not_before > one.created_at:
            told = f"{message} was put off until {clock.iso(one.not_before)}"
            yield Moment(one.created_at, "waited", told, **about)
        what, told = _STATES.get(one.state, ("waits", "waits for {}"))
        at = one.settled_at or one.sent_at or one.not_before
        why = f": {words(one.reason)}" if one.reason and what not in ("received", "unknown") else ""
        yield Moment(at, what, told.format(message) + why, **about)


_CAME = {
    EventKind.DELIVERED: "{} was delivered",
    EventKind.OPENED: "opened {}",
    EventKind.CLICKED: "clicked in {}",
    EventKind.BOUNCED: "{} bounced",
    EventKind.SOFT_BOUNCED: "{} bounced for now",
    EventKind.REJECTED: "{} was dropped by the provider",
    EventKind.COMPLAINED: "complained about {}",
    EventKind.UNSUBSCRIBED: "unsubscribed from {}",
    EventKind.STOPPED: "answered STOP to {}",
    EventKind.RESTARTED: "answered START to {}",
    EventKind.ASKED: "answered HELP to {}",
}


def _replies(connection: Connection, row: Any) -> Iterator[Moment]:
    for one in connection.execute(select(reply).where(reply.c.customer_id == row.customer_id)):
        if one.kind not in _CAME:
            continue
        told = _CAME[one.kind].format(one.campaign or f"our {one.channel}")
        told += " (a machine)" if one.bot else f" ({one.code})" if one.code else ""
        yield Moment(one.at, str(one.kind), told, one.campaign, one.channel)


def _codes(connection: Connection, row: Any) -> Iterator[Moment]:
    for one in connection.execute(select(code).where(code.c.customer_id == row.customer_id)):
        if one.issued_at is not None:
            until = f", valid until {clock.iso(one.expires_at)}" if one.expires_at else ""
            yield Moment(one.issued_at, "code", f"was given {one.code} of {one.offer}{until}")
        if one.redeemed_at is not None:
            yield Moment(one.redeemed_at, "redeemed", f"used {one.code} of {one.offer}")


def words(reason: str) -> str:
    """`no_consent` as people say it; a provider's own words as they are."""
    return reason.replace("_", " ") if reason.isidentifier() else reason
