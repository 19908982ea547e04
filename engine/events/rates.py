"""Campaigns that people complain about, or that carriers filter: warned of, then paused."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, distinct, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.events.record import Known, delivery, reply
from engine.store.campaigns import Pause
from engine.store.database import table
from engine.vocabulary import Channel, EventKind, State

log = logging.getLogger("rekindle.events")
pause = table(Pause)

#: In thousandths: the big mailbox providers ask for less than one, and block from three on.
WARN, STOP = 1, 3
WITHIN = timedelta(days=30)
#: Of fewer messages than this, one complaint says nothing; two do.
SMALL = 100
#: Twilio's "filtered by the carrier".
FILTERED = "30007"
LAST, FILTERED_OF_LAST = 200, 4

#: What was sent, or may have been: the base of a rate does not change when a doubt is cleared up.
_OUT = [state.value for state in (State.ACCEPTED, State.SENDING, State.UNKNOWN, State.UNRESOLVED)]


@dataclass(frozen=True)
class Watched:
    """What was found: sentences about campaigns that come near, and the campaigns that were paused."""

    warnings: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()


def watch(connection: Connection, known: Iterable[Known], now: datetime) -> Watched:
    """Looks at the campaigns that something bad was told about."""
    kinds = {(one.event.kind, one.about.campaign, one.event.code) for one in known if one.about.campaign}
    complained = sorted({name for kind, name, _ in kinds if kind is EventKind.COMPLAINED})
    filtered = sorted({name for kind, name, code in kinds if (kind, code) == (EventKind.REJECTED, FILTERED)})
    warnings, paused = [], []
    for campaign in complained:
        complaints, sent = complaint_rate(connection, campaign, now)
        if complaints * 1000 >= STOP * sent and (sent >= SMALL or complaints > 1):
            paused.append(_pause(connection, campaign, "complaints reached 0.3% of its messages", now))
        elif complaints * 1000 >= WARN * sent:
            warnings.append(
                f"{campaign}: {complaints} of {sent:,} messages were complained about in 30 days; "
                "from a hundred messages on, 0.3% pauses it"
            )
    paused += [
        _pause(connection, campaign, "carriers filtered over 2% of its last 200 SMS", now)
        for campaign in filtered
        if filtered_lately(connection, campaign) > FILTERED_OF_LAST
    ]
    for warning in warnings:
        log.warning("%s", warning)
    return Watched(tuple(warnings), tuple(paused))


def complaint_rate(connection: Connection, campaign: str, now: datetime) -> tuple[int, int]:
    """How many of the campaign's messages of thirty days were complained about, and of how many."""
    since = now - WITHIN
    messages = select(func.count()).where(
        delivery.c.campaign == campaign, delivery.c.state.in_(_OUT), delivery.c.sent_at > since
    )
    complaints = select(func.count(distinct(reply.c.dedupe_key))).where(
        *_trouble(campaign), reply.c.kind == EventKind.COMPLAINED.value, reply.c.at > since
    )
    return connection.execute(complaints).scalar_one(), connection.execute(messages).scalar_one()


def complaints(connection: Connection, now: datetime) -> list[tuple[str, int, int]]:
    """The campaigns of thirty days that come near a pause, or are past it: complaints, and of how many."""
    since, kind = now - WITHIN, EventKind.COMPLAINED.value
    trouble = reply.c.kind.in_([kind, EventKind.REJECTED.value])  # as the index is written
    named = select(reply.c.campaign).where(trouble, reply.c.kind == kind, reply.c.at > since).distinct()
    rates = [
        (name, *complaint_rate(connection, name, now))
        for name in connection.execute(named.order_by(reply.c.campaign)).scalars()
        if name
    ]
    return [one for one in rates if one[1] * 1000 >= WARN * one[2]]


def filtered_lately(connection: Connection, campaign: str) -> int:
    """How many of the campaign's last two hundred SMS a carrier filtered."""
    last = (
        select(delivery.c.customer_id, delivery.c.dedupe_key)
        .where(delivery.c.campaign == campaign, delivery.c.channel == Channel.SMS.value)
        .where(delivery.c.state.in_(_OUT))
        .order_by(delivery.c.sent_at.desc(), delivery.c.dedupe_key)
        .limit(LAST)
        .subquery()
    )
    same = and_(last.c.customer_id == reply.c.customer_id, last.c.dedupe_key == reply.c.dedupe_key)
    found = select(func.count(distinct(reply.c.dedupe_key))).join(last, same)
    return connection.execute(
        found.where(*_trouble(campaign), reply.c.kind == EventKind.REJECTED.value, reply.c.code == FILTERED)
    ).scalar_one()


def _trouble(campaign: str) -> list[ColumnElement[bool]]:
    return [
        reply.c.campaign == campaign,
        reply.c.kind.in_([EventKind.COMPLAINED.value, EventKind.REJECTED.value]),
    ]


def _pause(connection: Connection, campaign: str, reason: str, now: datetime) -> str:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(pause).values(scope=f"campaign:{campaign}", at=now, reason=reason, by_operator=False)
    connection.execute(row.on_conflict_do_nothing())
    log.warning("paused %s: %s", campaign, reason)
    return campaign
