"""What those who watch from outside are told: each figure is asked of the store when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal_column, or_, select

from engine.cycle import health
from engine.outbox import rests
from engine.store.campaigns import Pause, Run
from engine.store.database import table
from engine.store.ledger import Delivery
from engine.vocabulary import RunState

delivery, pause, run = table(Delivery), table(Pause), table(Run)

Rows = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True)
class Measure:
    """One gauge: its name, what it says, what it is told apart by, and its values."""

    name: str
    says: str
    labels: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True)
class _Kind:
    name: str
    says: str
    labels: tuple[str, ...]
    ask: Callable[[Connection, datetime], Rows]


def measures(connection: Connection, now: datetime) -> list[Measure]:
    """Every gauge, as the store stands."""
    return [Measure(one.name, one.says, one.labels, list(one.ask(connection, now))) for one in KINDS]


def _deliveries(connection: Connection, now: datetime) -> Rows:
    return ((row[:3], row[3]) for row in health.counts(connection))


def _outcomes(connection: Connection, now: datetime) -> Rows:
    by = (delivery.c.campaign, delivery.c.channel, delivery.c.outcome)
    return _counted(connection, select(*by, func.count()).where(delivery.c.outcome.isnot(None)).group_by(*by))


def _risks(connection: Connection, now: datetime) -> Rows:
    by = (delivery.c.campaign, delivery.c.channel)
    return _counted(connection, select(*by, func.count()).where(delivery.c.dup_risk).group_by(*by))


def _waited(connection: Connection, now: datetime) -> Rows:
    """Of the messages that no pause and no rest keeps: for how long the oldest has been due."""
    stopped = select(pause.c.scope)
    kept = [channel for channel, _, _ in rests.resting(connection, now)]
    free = (
        ~select(pause.c.scope).where(pause.c.scope == "all").exists(),
        ("campaign:" + delivery.c.campaign).not_in(stopped),
        ("channel:" + delivery.c.channel).not_in(stopped),
        delivery.c.channel.not_in(kept),
        or_(delivery.c.send_by.is_(None), delivery.c.send_by > now),
    )
    waiting: ColumnElement[bool] = literal_column("delivery.state IN ('planned', 'retry_wait')")
    first = select(func.min(delivery.c.not_before)).where(waiting, delivery.c.not_before <= now, *free)
    since = connection.execute(first).scalar()
    return [((), max((now - since).total_seconds(), 0.0) if since else 0.0)]


def _runs(connection: Connection, now: datetime) -> Rows:
    by = (run.c.campaign, run.c.state)
    return _counted(connection, select(*by, func.count()).group_by(*by))


def _last_runs(connection: Connection, now: datetime) -> Rows:
    ran = case((run.c.state == RunState.OPEN.value, run.c.started_at))
    rows = connection.execute(select(run.c.campaign, func.max(ran)).group_by(run.c.campaign))
    return (((row[0],), row[1].timestamp()) for row in rows if row[1] is not None)


def _paused(connection: Connection, now: datetime) -> Rows:
    return (((scope,), 1) for scope in connection.execute(select(pause.c.scope)).scalars())


def _resting(connection: Connection, now: datetime) -> Rows:
    return (
        ((channel,), (until - now).total_seconds()) for channel, until, _ in rests.resting(connection, now)
    )


def _counted(connection: Connection, rows: Select[Any]) -> Rows:
    return ((tuple(row[:-1]), float(row[-1])) for row in connection.execute(rows).all())


_OF = ("campaign", "channel")
_CAME = "Messages of which something came back, by the most it says."
_WAIT = "How long the oldest message is due that nothing keeps back."
KINDS = (
    _Kind("rekindle_deliveries", "Messages in the ledger.", (*_OF, "state"), _deliveries),
    _Kind("rekindle_outcomes", _CAME, (*_OF, "outcome"), _outcomes),
    _Kind("rekindle_duplicate_risk", "Messages that may have gone out twice.", _OF, _risks),
    _Kind("rekindle_waited_seconds", _WAIT, (), _waited),
    _Kind("rekindle_runs", "Runs, by their state.", ("campaign", "state"), _runs),
    _Kind("rekindle_last_run_timestamp_seconds", "When the campaign last ran.", ("campaign",), _last_runs),
    _Kind("rekindle_paused", "What is paused.", ("scope",), _paused),
    _Kind("rekindle_rest_seconds", "How long the channel rests yet.", ("channel",), _resting),
)
