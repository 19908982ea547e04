"""The campaigns as an operator looks at them: what is next, what was last, what waits for a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from engine import clock
from engine.cycle import presence, restored
from engine.outbox import rests
from engine.policy import guards
from engine.rules.campaign import Campaign
from engine.rules.loader import RuleBook
from engine.settings import Settings
from engine.store.campaigns import Pause, Run
from engine.store.database import Database, table
from engine.store.ledger import Delivery
from engine.vocabulary import RunState

delivery, run, pause = table(Delivery), table(Run), table(Pause)


def overview(database: Database, settings: Settings, book: RuleBook, now: datetime) -> dict[str, Any]:
    """Everything that an operator decides by, without a pass over the whole ledger."""
    daemons = presence.daemons(database, settings.root, now)
    older = restored.told(database, settings.root)
    with database.read() as connection:
        paused = _paused(connection)
        fresh = guards.data_as_of(connection)
        return {
            "campaigns": [
                _campaign(connection, one, paused, settings, now) for one in book.campaigns.values()
            ],
            "channels": _channels(connection, paused, settings, now),
            "restored": older,
            "alive": any(one["state"] != "gone" for one in daemons),
            "data_as_of": clock.iso(fresh) if fresh else None,
            "problems": [str(problem) for problem in book.problems if problem.level == "error"],
        }


def stopped(database: Database) -> dict[str, Any] | None:
    """Since when and why everything is stopped; None when it is not."""
    with database.read() as connection:
        return _paused(connection).get("all")


def _paused(connection: Connection) -> dict[str, dict[str, Any]]:
    return {
        row.scope: {"since": clock.iso(row.at), "reason": row.reason, "by_operator": row.by_operator}
        for row in connection.execute(select(pause))
    }


def _channels(
    connection: Connection, paused: Mapping[str, Any], settings: Settings, now: datetime
) -> list[dict[str, Any]]:
    rested = rests.resting(connection, now)
    resting = {name: {"until": clock.iso(until), "reason": why} for name, until, why in rested}
    return [
        {
            "channel": name,
            "provider": channel.provider,
            "redirect_to": channel.redirect_to,
            "paused": paused.get(f"channel:{name}"),
            "resting": resting.get(name),
        }
        for name, channel in settings.channels
    ]


def _campaign(
    connection: Connection, one: Campaign, paused: Mapping[str, Any], settings: Settings, now: datetime
) -> dict[str, Any]:
    following = one.schedule.next(now, settings.brand.timezone)
    return {
        "campaign": one.name,
        "describe": one.describe,
        "stage": one.stage,
        "schedule": str(one.schedule),
        "next_run": clock.iso(following) if following else None,
        "paused": paused.get(f"campaign:{one.name}"),
        "held": _held(connection, one.name),
        "last": _last(connection, one.name),
    }


def _held(connection: Connection, name: str) -> list[dict[str, Any]]:
    rows = select(run).where(run.c.campaign == name, run.c.state == RunState.HELD).order_by(run.c.slot)
    return [
        {
            "run": row.run_id,
            "slot": row.slot,
            "reason": row.held or "",
            "since": clock.iso(row.started_at),
            "asked_at": clock.iso(row.as_of),
            "approved_at": clock.iso(row.approved_at) if row.approved_at else None,
            **_summed([row]),
        }
        for row in connection.execute(rows)
    ]


def _last(connection: Connection, name: str) -> dict[str, Any] | None:
    """The newest slot that ran or was missed, its zones together, with what became of its messages."""
    ran = select(run).where(run.c.campaign == name, run.c.state != RunState.HELD)
    newest = connection.execute(ran.order_by(run.c.started_at.desc(), run.c.slot.desc()).limit(1)).first()
    if newest is None:
        return None
    slot = newest.slot.partition("@")[0]
    zones = connection.execute(
        ran.where(or_(run.c.slot == slot, run.c.slot.startswith(f"{slot}@", autoescape=True)))
    ).all()
    by = select(delivery.c.state, func.count()).where(delivery.c.campaign == name, _of_slot(slot))
    return {
        "slot": slot,
        "state": newest.state,
        "started_at": clock.iso(newest.started_at),
        "states": {row[0]: row[1] for row in connection.execute(by.group_by(delivery.c.state))},
        **_summed(zones),
    }


def _of_slot(slot: str) -> ColumnElement[bool]:
    """The ledger's rows of the slot and of each zone's part of it, `2026-03-02T10:00@Asia/Tehran`.

    These texts compare by their bytes, so that the index answers: `A` comes after `@`.
    """
    zones = and_(delivery.c.slot >= f"{slot}@", delivery.c.slot < f"{slot}A")
    return or_(delivery.c.slot == slot, zones)


def _summed(runs: Sequence[Any]) -> dict[str, int]:
    funnels = [row.funnel or {} for row in runs]
    return {
        "matched": sum(one.get("matched", 0) for one in funnels),
        "will_send": sum(one.get("will_send", 0) for one in funnels),
        "waiting": sum(sum(one.get("deferred", {}).values()) for one in funnels),
    }
