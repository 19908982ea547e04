"""The ledger as people and programs read it. Every total is a GROUP BY of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from engine import clock
from engine.compose.library import Library
from engine.cycle import presence, restored, versions
from engine.errors import YoursToFix
from engine.events.rates import complaints
from engine.outbox import pauses, rests
from engine.policy import guards
from engine.rules.campaign import Campaign
from engine.rules.loader import RuleBook
from engine.settings import Settings
from engine.store.campaigns import Pause, Run
from engine.store.database import Database, table
from engine.store.ledger import Delivery
from engine.vocabulary import RunState, State

delivery, run, pause = table(Delivery), table(Run), table(Pause)


def deliveries(
    database: Database,
    state: str | None = None,
    campaign: str | None = None,
    customer: str | None = None,
) -> Iterator[dict[str, Any]]:
    """The rows of the ledger in the order in which they were planned, one by one."""
    rows = select(delivery).order_by(delivery.c.created_at, delivery.c.campaign, delivery.c.customer_id)
    filters = ((delivery.c.state, state), (delivery.c.campaign, campaign), (delivery.c.customer_id, customer))
    for column, wanted in filters:
        if wanted is not None:
            rows = rows.where(column == wanted)
    with database.read() as connection:
        for row in connection.execution_options(yield_per=5_000).execute(rows).mappings():
            yield _shown(row)


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row["delivery_id"],
        "campaign": row["campaign"],
        "slot": row["slot"],
        "customer_id": row["customer_id"],
        "channel": row["channel"],
        "to": row["address"],
        "state": row["state"],
        "outcome": row["outcome"],
        "attempts": row["attempts"],
        "dup_risk": row["dup_risk"],
        "provider_id": row["provider_id"],
        "reason": row["reason"],
        "created_at": clock.iso(row["created_at"]),
        "settled_at": clock.iso(row["settled_at"]) if row["settled_at"] else None,
    }


def status(
    database: Database, settings: Settings, book: RuleBook, library: Library, now: datetime
) -> dict[str, Any]:
    """One look at everything: see `rekindle status --help` for the fields."""
    daemons = presence.daemons(database, settings.root, now)
    older = restored.told(database, settings.root)
    with database.read() as connection:
        fresh = guards.data_as_of(connection)
        return {
            "now": clock.iso(now),
            "campaigns": [_campaign(connection, one, settings, now) for one in book.campaigns.values()],
            "outbox": _by_state(connection),
            "older": _older(connection, book, library),
            "held": _held(connection),
            "paused": _paused(connection),
            "resting": [
                {"channel": channel, "until": clock.iso(until), "reason": why}
                for channel, until, why in rests.resting(connection, now)
            ],
            "complaints": [
                {"campaign": name, "complaints": count, "messages": of}
                for name, count, of in complaints(connection, now)
            ],
            "channels": {
                name: {"provider": channel.provider, "redirect_to": channel.redirect_to or None}
                for name, channel in settings.channels
            },
            "data_as_of": clock.iso(fresh) if fresh else None,
            "daemons": daemons,
            "problems": [
                *filter(None, [older]),
                *(str(problem) for problem in book.problems if problem.level == "error"),
            ],
        }


def _campaign(connection: Connection, one: Campaign, settings: Settings, now: datetime) -> dict[str, Any]:
    last = (
        connection.execute(
            select(run).where(run.c.campaign == one.name).order_by(run.c.started_at.desc()).limit(1)
        )
        .mappings()
        .first()
    )
    following = one.schedule.next(now, settings.brand.timezone)
    return {
        "campaign": one.name,
        "describe": one.describe,
        "stage": one.stage,
        "schedule": str(one.schedule),
        "next_run": clock.iso(following) if following else None,
        "last_slot": last["slot"] if last else None,
        "last_state": last["state"] if last else None,
        "last_version": last["version"] if last else None,
    }


def _by_state(connection: Connection) -> dict[str, int]:
    counted = select(delivery.c.state, func.count()).group_by(delivery.c.state).order_by(delivery.c.state)
    return {row.state: row[1] for row in connection.execute(counted)}


def _older(connection: Connection, book: RuleBook, library: Library) -> list[dict[str, Any]]:
    """Messages that wait in another version than the files hold now: they go out as they were planned.

    Versions are numbered in the order in which they first ran; the next run's may not have run yet.
    """
    waiting = (
        select(delivery.c.campaign, delivery.c.version, func.count().label("waiting"))
        .where(delivery.c.state.in_((State.PLANNED, State.RETRY_WAIT)))
        .group_by(delivery.c.campaign, delivery.c.version)
        .order_by(delivery.c.campaign, delivery.c.version)
    )
    found = []
    for row in connection.execute(waiting).all():
        now = _in_files(book.campaigns.get(row.campaign), library)
        if now != row.version and row.campaign not in book.faults:
            known = _numbered(connection, row.campaign)
            found.append(
                {
                    "campaign": row.campaign,
                    "waiting": row.waiting,
                    "version": row.version,
                    "number": known.get(row.version),
                    "file_version": now,
                    "file_number": known.get(now, len(known) + 1) if now else None,
                }
            )
    return found


def _in_files(campaign: Campaign | None, library: Library) -> str | None:
    """The version that the next run would use; None where there is none."""
    try:
        return versions.version(campaign, library) if campaign else None
    except YoursToFix:  # a template that cannot be read: `check` and `preview` tell
        return None


def _numbered(connection: Connection, campaign: str) -> dict[str, int]:
    kept = versions.version_table
    ordered = select(kept.c.version).where(kept.c.campaign == campaign)
    names = connection.execute(ordered.order_by(kept.c.created_at, kept.c.version)).scalars()
    return {name: number for number, name in enumerate(names, 1)}


def _held(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.execute(select(run).where(run.c.state == RunState.HELD)).mappings()
    return [
        {"run": row["run_id"], "campaign": row["campaign"], "slot": row["slot"], "reason": row["held"]}
        for row in rows
    ]


def _paused(connection: Connection) -> list[dict[str, Any]]:
    others = pause.c.scope != pauses.RESTORED  # which is told among the problems
    rows = connection.execute(select(pause).where(others).order_by(pause.c.scope)).mappings()
    return [{"scope": row["scope"], "since": clock.iso(row["at"]), "reason": row["reason"]} for row in rows]
