"""I5: no intent after an opt-out was committed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, not_, or_, select

from engine.cycle.choices import CONFIRMED, SOURCE
from engine.cycle.doctor.examination import EXAMINATIONS, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, delivery, named
from engine.store.database import table
from engine.store.history import ImportRecord
from engine.store.people import Consent, Suppression
from engine.store.replies import ProviderEvent
from engine.store.types import ALWAYS, Instant, millis_between
from engine.vocabulary import ConsentStatus, EventKind

consent, suppression, imports = table(Consent), table(Suppression), table(ImportRecord)
reply = table(ProviderEvent)

#: Written down at the very instant that they bear: our own pages, a provider's answer, an erasure.
_AT_ONCE = (SOURCE, CONFIRMED, "unsubscribe", "provider", "erase")
#: A provider may tell of a STOP later than it was said, and does so again for three days.
_TOLD_LATE = timedelta(days=3)
#: Between reading the clock and the commit.
_MOMENT = timedelta(minutes=1)


@EXAMINATIONS.register("i5_opt_outs")
class OptOuts(Invariant):
    """When an opt-out was committed is known of our own pages. Of a provider's it is three days at the
    latest, and of a file it is the last import: what cannot be known is not held against anybody.
    """

    number = "I5"
    means = "No message began after its reader's opt-out, or its address's suppression, was written down."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        with patient.database.read() as connection:
            last = connection.execute(select(func.max(imports.c.finished_at))).scalar() or ALWAYS
        left = "begun after the customer had opted out"
        yield Breach(left, _after_consent_ended(last), STOP_FIRST)
        blocked = "begun after the address was suppressed"
        yield Breach(blocked, _after_suppression(last), STOP_FIRST)


def _after_consent_ended(last: datetime) -> Select[Any]:
    no, yes = consent.alias("no"), consent.alias("yes")
    same = and_(no.c.customer_id == delivery.c.customer_id, no.c.channel == delivery.c.channel)
    again = and_(
        yes.c.customer_id == no.c.customer_id,
        yes.c.channel == no.c.channel,
        yes.c.status == ConsentStatus.SUBSCRIBED.value,
        yes.c.at >= no.c.at,
    )
    return (
        named(no.c.at.label("opted_out"), delivery.c.sent_at)
        .join_from(delivery, no, same)
        .where(
            no.c.status == ConsentStatus.UNSUBSCRIBED.value,
            or_(no.c.topic == "", no.c.topic == delivery.c.topic),
            delivery.c.kind == "marketing",
            _began_after(no, last),
            not_(select(literal(1)).where(again).exists()),
        )
    )


def _after_suppression(last: datetime) -> Select[Any]:
    same = and_(suppression.c.channel == delivery.c.channel, suppression.c.address == delivery.c.address)
    return (
        named(suppression.c.at.label("suppressed"), delivery.c.sent_at)
        .join_from(delivery, suppression, same)
        .where(_began_after(suppression, last), not_(_started_again()))
    )


def _started_again() -> ColumnElement[bool]:
    """Whether they said START since, after which a message was right until the next STOP."""
    start = and_(
        reply.c.customer_id == delivery.c.customer_id,
        reply.c.channel == suppression.c.channel,
        reply.c.kind == EventKind.RESTARTED.value,
        reply.c.at >= suppression.c.at,
    )
    return select(literal(1)).where(start).exists()


def _began_after(said: Any, last: datetime) -> ColumnElement[bool]:
    """Whether the last intent came when what was said must have been in the store."""
    ours = said.c.source.in_(_AT_ONCE)
    known = and_(ours, _later(said.c.at, _MOMENT))
    others = and_(
        not_(ours), _later(said.c.at, _TOLD_LATE), delivery.c.sent_at > literal(last + _MOMENT, Instant)
    )
    return and_(delivery.c.sent_at.isnot(None), or_(known, others))


def _later(at: ColumnElement[Any], length: timedelta) -> ColumnElement[bool]:
    """Whether the last intent began more than that later."""
    return millis_between(at, delivery.c.sent_at) > int(length.total_seconds() * 1000)
