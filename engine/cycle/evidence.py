"""T11 by asking: doubts of carriers that list what they took are looked up there, few at a time.

A doubt is asked about when it is young, and then each time that it is twice as old, for two days. Each
address is one request, and no request is made for anything but a doubt.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from threading import Event as Signal
from typing import Any

from sqlalchemy import Connection, and_, literal_column, or_, select
from sqlalchemy.sql.elements import ColumnElement

from engine.channels.channel import PROVIDERS, Provider, open_line
from engine.channels.evidence import CannotAsk, Doubt, Found
from engine.cycle.allowance import Pace
from engine.cycle.came_back import record
from engine.errors import YoursToFix
from engine.events.hook import HOOKS
from engine.outbox import rests
from engine.outbox.intent import attempt, customer
from engine.outbox.transitions import delivery
from engine.settings import ChannelSettings, Settings
from engine.store.database import Database
from engine.vocabulary import Channel, Event, Verdict

log = logging.getLogger("rekindle.evidence")

#: So many addresses are asked about in one go, and no more than so many a second.
AT_ONCE, PER_SECOND = 25, 5.0
#: After this nothing new will be listed: a carrier keeps a message for ten hours before it gives it up.
WORTHWHILE = timedelta(days=2)
_SOONEST = timedelta(minutes=1)
#: Written out, not bound, so that the partial index serves.
_UNSURE: ColumnElement[bool] = literal_column("delivery.state IN ('unknown', 'unresolved')")
_SAME = and_(attempt.c.customer_id == delivery.c.customer_id, attempt.c.dedupe_key == delivery.c.dedupe_key)


def ask(database: Database, settings: Settings, now: Callable[[], datetime], stop: Signal) -> int:
    """Asks the carriers about doubts whose time has come. Returns how many were cleared up.

    Nothing of the store is held while a carrier is asked; one that does not answer is left for later. What
    went to one address for all (`redirect_to`) cannot be told apart there.
    """
    return sum(
        _ask(database, settings, Channel(name), chosen, now, stop)
        for name, chosen in settings.channels
        if chosen.provider in PROVIDERS and PROVIDERS[chosen.provider].lists and not chosen.redirect_to
    )


def _ask(
    database: Database,
    settings: Settings,
    channel: Channel,
    chosen: ChannelSettings,
    now: Callable[[], datetime],
    stop: Signal,
) -> int:
    with database.read() as connection:
        if not _due(connection, channel, now()):
            return 0
    with database.write() as connection:
        doubts, known = _take(connection, channel, now())
    try:
        line = open_line(channel, chosen, settings.secret, settings.root)
    except YoursToFix:  # told where it is used to send
        return 0
    pace = Pace(min(chosen.per_second or PER_SECOND, PER_SECOND))
    proven = 0
    for found in _looked_up(line, doubts, known, pace, stop):
        with database.write() as connection:
            proven += record(connection, _events(chosen.provider, found, settings, now()), now()).proven
    return proven


def _due(connection: Connection, channel: Channel, now: datetime) -> list[Any]:
    """The doubts to ask about now, those of one address together: a limited number, the unasked first."""
    if not rests.room(connection, channel.value, now, 1):
        return []
    waits = or_(attempt.c.ask_at.is_(None), attempt.c.ask_at <= now)
    rows = (
        select(delivery.c.address, attempt)
        .join(attempt, _SAME)
        .where(_UNSURE, delivery.c.sent_at > now - WORTHWHILE, delivery.c.channel == channel.value)
        .where(attempt.c.verdict == Verdict.UNKNOWN.value, attempt.c.imprint.is_not(None), waits)
        .order_by(attempt.c.ask_at.is_not(None), attempt.c.ask_at, attempt.c.token)
        .limit(AT_ONCE)
    )
    return sorted(connection.execute(rows).all(), key=lambda row: (row.address, row.token))


def _take(connection: Connection, channel: Channel, now: datetime) -> tuple[list[Doubt], frozenset[str]]:
    """Those doubts, with their next time set, and the carrier's names for what is in no doubt there.

    A doubt that another attempt looks like could never be told from it, and is left out.
    """
    rows = _due(connection, channel, now)
    for row in rows:
        later = now + max(now - row.started_at, _SOONEST)
        connection.execute(attempt.update().where(attempt.c.token == row.token).values(ask_at=later))
    others = _others(connection, rows)
    doubts = [
        Doubt(row.token, row.address, row.imprint, row.started_at, row.ended_at or now)
        for row in rows
        if not any(_rivals(row, other) for other in others)
    ]
    return doubts, frozenset(other.provider_id for other in others if other.provider_id)


def _others(connection: Connection, rows: Sequence[Any]) -> list[Any]:
    """Every attempt of late to the same addresses, whoever has them."""
    addresses = sorted({row.address for row in rows})
    if not rows:
        return []
    people = select(customer.c.customer_id).where(
        or_(customer.c.phone_address.in_(addresses), customer.c.email_address.in_(addresses))
    )
    theirs = or_(
        attempt.c.customer_id.in_(people), attempt.c.customer_id.in_([row.customer_id for row in rows])
    )
    since = min(row.started_at for row in rows) - WORTHWHILE
    found = select(delivery.c.address, attempt).join(attempt, _SAME)
    return list(connection.execute(found.where(theirs, attempt.c.started_at > since)).all())


def _rivals(row: Any, other: Any) -> bool:
    """Whether the other may be on the carrier's list in the place of this one."""
    unsure = other.verdict in (None, Verdict.UNKNOWN.value)
    alike = (other.address, other.imprint) == (row.address, row.imprint)
    return unsure and alike and bool(other.token != row.token)


def _looked_up(
    line: Provider, doubts: Sequence[Doubt], known: frozenset[str], pace: Pace, stop: Signal
) -> Iterator[Sequence[Found]]:
    try:
        for _, same in groupby(doubts, key=lambda one: one.to):
            pace.wait(stop)
            if stop.is_set():
                return
            yield line.evidence(list(same), known)
    except CannotAsk as error:
        log.warning("a carrier could not be asked about doubts: %s", error)
    finally:
        line.close()


def _events(provider: str, found: Sequence[Found], settings: Settings, at: datetime) -> list[Event]:
    hook = HOOKS[provider](settings.secret)
    return [event for one in found for event in hook.listed(one, at)]
