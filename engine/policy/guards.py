"""Guards over a whole run: too many people at once, or orders too old to decide by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, func, not_, or_, select

from engine.policy.entry import Entry, Moment
from engine.policy.gates import address_column, customer, is_suppressed, not_consented
from engine.store.database import table
from engine.store.history import ImportRecord

imports = table(ImportRecord)
#: Below this many contactable customers a share says nothing.
SMALL_BASE = 100


@dataclass(frozen=True)
class Limits:
    """A campaign's own limits; where it has any, they replace the configured share."""

    max_audience: int | None = None
    max_share: Decimal | None = None


def data_as_of(connection: Connection, before: datetime | None = None) -> datetime | None:
    """When orders or events last came in; None when none ever did."""
    newest = select(func.max(imports.c.finished_at)).where(imports.c.kind.in_(["orders", "events"]))
    if before is not None:
        newest = newest.where(imports.c.finished_at <= before)
    found: datetime | None = connection.execute(newest).scalar()
    return found


def data_since(connection: Connection) -> datetime | None:
    """When the first rows came in: what was due before that was not missed."""
    found: datetime | None = connection.execute(select(func.min(imports.c.finished_at))).scalar()
    return found


def contactable(connection: Connection, entry: Entry, moment: Moment) -> int:
    """How many customers the channel could reach with a message of this kind."""
    address = address_column(entry.channel)
    reachable = select(func.count()).where(
        address.isnot(None),
        or_(customer.c.created_at.is_(None), customer.c.created_at < moment.as_of),
        not_(is_suppressed(entry.channel, address, moment.as_of if moment.cut else None)),
    )
    if entry.is_marketing:
        reachable = reachable.where(
            not_(not_consented(customer.c.customer_id, entry.channel, entry.topic, moment))
        )
    return connection.execute(reachable).scalar_one()


def held(
    connection: Connection, entry: Entry, limits: Limits, moment: Moment, chosen: int, fresh: datetime | None
) -> str | None:
    """Why the run must wait for `approve`; None when it may go. `chosen` counts deferred ones too."""
    return _stale(entry, moment, fresh) or _too_many(connection, entry, limits, moment, chosen)


def _stale(entry: Entry, moment: Moment, fresh: datetime | None) -> str | None:
    oldest = moment.policy.max_data_age
    if not entry.is_marketing or oldest is None or fresh is None:
        return None
    if fresh >= moment.calendar.back(moment.as_of, oldest):
        return None
    days = (moment.as_of - fresh).days
    return (
        f"orders and events last came in {days} days ago, and policy.max_data_age is {oldest}: "
        "import the newest data"
    )


def _too_many(
    connection: Connection, entry: Entry, limits: Limits, moment: Moment, chosen: int
) -> str | None:
    if limits.max_audience is not None and chosen > limits.max_audience:
        return f"{chosen:,} people is more than its max_audience of {limits.max_audience:,}"
    own = limits.max_share
    share = own if own is not None or limits.max_audience is not None else moment.policy.max_share
    if share is None or not chosen:
        return None
    base = contactable(connection, entry, moment)
    if base < SMALL_BASE or chosen * 100 <= share * base:
        return None
    whose = "its" if own is not None else "policy."
    return (
        f"{chosen:,} of {base:,} people who can be reached is {chosen / base:.0%}, "
        f"more than {whose}{' ' if own is not None else ''}max_share of {share.normalize():f}%"
    )
