"""The gates that are asked again at the last moment, for a batch of deliveries at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, false, func, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from engine.policy.entry import Moment
from engine.policy.gates import customer, delivery, is_suppressed, not_consented, suppression
from engine.policy.quiet import quiet_until, zone_key
from engine.store.suppressions import REASONS
from engine.vocabulary import Gate, State

Key = tuple[str, str]

#: States that have used up a place under a cap, whatever else waits.
USED = (State.ACCEPTED, State.SENDING, State.UNKNOWN, State.UNRESOLVED)
_AGAIN = (State.RETRY_WAIT, State.CLAIMED)


@dataclass(frozen=True)
class Decision:
    """What to do with one delivery now: send it, settle it as `state`, or wait until `until`."""

    allow: bool
    state: State | None = None
    reason: str = ""
    until: datetime | None = None


ALLOW = Decision(allow=True)


def recheck(connection: Connection, keys: Sequence[Key], moment: Moment) -> dict[Key, Decision]:
    """Asks suppression, consent, caps and quiet hours once more, set-wise.

    A cap is kept when what was used already, and this message, fit in it.
    """
    if not keys:
        return {}
    asked = select(
        delivery.c.customer_id,
        delivery.c.dedupe_key,
        _refusal(moment).label("reason"),
        _suppressed_for().label("suppressed_for"),
        zone_key(customer.c.timezone, customer.c.country).label("zone_key"),
    ).join(customer, customer.c.customer_id == delivery.c.customer_id)
    # The key alone is unique, and has an index; SQLite would read the whole ledger for pairs.
    wanted = delivery.c.dedupe_key.in_([dedupe_key for _, dedupe_key in keys])
    rows = connection.execute(asked.where(wanted)).all()
    ends = {row.zone_key: _quiet(row.zone_key, moment) for row in rows}
    found = {(row.customer_id, row.dedupe_key): _decision(row, ends[row.zone_key]) for row in rows}
    gone = Decision(allow=False, state=State.CANCELLED, reason="customer_gone")
    return {key: found.get(key, gone) for key in keys}


def _quiet(key: str, moment: Moment) -> datetime | None:
    return quiet_until(key, moment.as_of, moment.policy.quiet_hours, moment.calendar.timezone)


def _refusal(moment: Moment) -> ColumnElement[Any]:
    marketing = delivery.c.kind == "marketing"
    consented = not_consented(delivery.c.customer_id, delivery.c.channel, delivery.c.topic, moment)
    return case(
        (is_suppressed(delivery.c.channel, delivery.c.address, None), Gate.SUPPRESSED.value),
        (and_(marketing, consented), Gate.NO_CONSENT.value),
        (and_(marketing, _over_cap(moment)), Gate.FREQUENCY_CAP.value),
    )


def has_used(other: FromClause) -> ColumnElement[bool]:
    """Whether the message has used up a place under a cap: it went out, or may have.

    So may one that waits to be sent again after a doubt.
    """
    return or_(
        other.c.state.in_(USED),
        and_(other.c.dup_risk, other.c.state.in_(_AGAIN)),
    )


def _over_cap(moment: Moment) -> ColumnElement[bool]:
    other = delivery.alias("other")
    full: list[ColumnElement[bool]] = [false()]
    for cap in moment.policy.caps:
        used = select(func.count()).where(
            other.c.customer_id == delivery.c.customer_id,
            other.c.dedupe_key != delivery.c.dedupe_key,
            other.c.kind == "marketing",
            has_used(other),
            other.c.sent_at > moment.calendar.back(moment.as_of, cap.per),
        )
        full.append(used.scalar_subquery() >= cap.max)
    return or_(*full)


def _suppressed_for() -> ColumnElement[Any]:
    """Why the address must not be used, where we know it ourselves: a STOP, a bounce, a complaint."""
    listed = and_(suppression.c.channel == delivery.c.channel, suppression.c.address == delivery.c.address)
    return select(suppression.c.reason).where(listed, suppression.c.reason.in_(REASONS)).scalar_subquery()


def _decision(row: Any, quiet: datetime | None) -> Decision:
    if row.reason == Gate.SUPPRESSED:
        return Decision(allow=False, state=State.SUPPRESSED, reason=row.suppressed_for or row.reason)
    if row.reason is not None:
        return Decision(allow=False, state=State.SKIPPED, reason=row.reason)
    return ALLOW if quiet is None else Decision(allow=False, reason=Gate.QUIET_HOURS, until=quiet)
