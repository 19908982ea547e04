"""Makes a plan true, in one transaction: the runs, who is inside, what is to be sent."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, and_, func, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite

from engine.compose.library import Library
from engine.cycle import versions
from engine.cycle.occasions import Occasion, writable
from engine.cycle.plan import Plan, plan, work_tables, working
from engine.cycle.promises import reserve
from engine.outbox.enqueue import enqueue
from engine.policy.entry import Moment
from engine.policy.gates import DECISION
from engine.rules.condition import Condition
from engine.settings import Settings
from engine.store.campaigns import Enrollment, Run
from engine.store.database import Database, table
from engine.store.generation import count_runs
from engine.store.types import Instant
from engine.vocabulary import EnrollmentState, Gate, RunState, State

log = logging.getLogger("rekindle.cycle")
run, enrollment = table(Run), table(Enrollment)

#: The PostgreSQL advisory lock that serialises planners, so that caps hold between campaigns.
_PLANNING = 0x72656B69


def commit(
    database: Database,
    occasions: Sequence[Occasion],
    library: Library,
    segments: Mapping[str, Condition],
    moment: Moment,
    settings: Settings,
) -> list[Plan]:
    """Plans the occasions and enrolls, each slot at most once whoever else tries.

    A held run is recorded and enrolls nobody; it is planned anew each time it is asked.
    """
    known = versions.versions((one.campaign for one in occasions), library)
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PLANNING})
        mine = [one for one in writable(occasions, library) if _take(connection, one, known, moment)]
        if not mine:
            return []
        tables = work_tables(mine)
        with working(connection, tables):
            plans = plan(connection, mine, known, segments, moment, settings, tables[0])
            for one in plans:
                versions.record(connection, one.campaign, one.entry.version, library, moment.as_of)
                _settle(connection, one, moment, settings)
        count_runs(connection, sum(one.held is None for one in plans))
        return plans


def _take(connection: Connection, one: Occasion, known: Mapping[str, str], moment: Moment) -> bool:
    """Whether the slot is ours to run: nobody ran it, it is held, or it was missed."""
    row = {
        "campaign": one.campaign.name,
        "slot": one.slot,
        "run_id": uuid4().hex[:12],
        "state": RunState.HELD,
        "version": known[one.campaign.name],
        "as_of": moment.as_of,
        "started_at": moment.as_of,
        "held": "not planned yet",
    }
    _insert(connection, row)
    ours = select(run.c.state).where(run.c.campaign == row["campaign"], run.c.slot == one.slot)
    return connection.execute(ours).scalar_one() in (RunState.HELD, RunState.MISSED)


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(insert(run).values(row).on_conflict_do_nothing())


def _settle(connection: Connection, one: Plan, moment: Moment, settings: Settings) -> None:
    """Records the run, and unless it is held, enrolls and enqueues."""
    state = RunState.OPEN if one.held is None else RunState.HELD
    connection.execute(
        run.update()
        .where(run.c.campaign == one.entry.campaign, run.c.slot == one.entry.slot)
        .values(
            state=state, held=one.held, funnel=_funnel(one), version=one.entry.version, as_of=moment.as_of
        )
    )
    if one.held is None:
        _enroll(connection, one, moment)
        enqueue(connection, _deliveries(one, moment))
        reserve(connection, one.campaign, one.entry.slot, settings, moment.as_of)
    log.info(
        "run %s",
        state.value,
        extra={"campaign": one.entry.campaign, "slot": one.entry.slot, "figures": _funnel(one)},
    )


def _funnel(one: Plan) -> dict[str, Any]:
    return {
        "matched": one.matched,
        "excluded": dict(one.excluded),
        "deferred": {Gate.QUIET_HOURS.value: one.deferred},
        "will_send": one.will_send,
    }


def _decided(one: Plan) -> Any:
    return and_(DECISION.c.campaign == one.entry.campaign, DECISION.c.slot == one.entry.slot)


def _enroll(connection: Connection, one: Plan, moment: Moment) -> None:
    """Those who will hear from us, and those held out, who are measured against them."""
    for reason, state in ((None, EnrollmentState.ACTIVE), (Gate.HOLDOUT.value, EnrollmentState.HOLDOUT)):
        rows = select(
            DECISION.c.customer_id,
            DECISION.c.campaign,
            DECISION.c.subject,
            DECISION.c.slot,
            literal(one.entry.version),
            literal(state.value),
            literal(0),
            DECISION.c.address,
            literal(moment.as_of, Instant),
        ).where(_decided(one), DECISION.c.reason.is_(None) if reason is None else DECISION.c.reason == reason)
        names = "customer_id campaign subject slot version state step address entered_at".split()
        connection.execute(enrollment.insert().from_select(names, rows))


def _deliveries(one: Plan, moment: Moment) -> Any:
    """The rows of the ledger, one for each who may be written to now or after the quiet hours."""
    entry = one.entry
    return select(
        DECISION.c.customer_id,
        DECISION.c.campaign,
        literal(entry.version).label("version"),
        DECISION.c.slot,
        DECISION.c.subject,
        literal(0).label("step"),
        literal(entry.channel.value).label("channel"),
        literal(entry.template).label("template"),
        literal(entry.kind).label("kind"),
        literal(entry.topic).label("topic"),
        literal(entry.priority).label("priority"),
        literal(entry.promise).label("promise"),
        DECISION.c.address,
        literal(State.PLANNED.value).label("state"),
        func.coalesce(DECISION.c.until, literal(moment.as_of, Instant)).label("not_before"),
        literal(entry.send_by, Instant).label("send_by"),
        literal(moment.as_of, Instant).label("created_at"),
    ).where(_decided(one), DECISION.c.reason.is_(None))


def record_missed(database: Database, missed: Sequence[Occasion], now: datetime) -> None:
    """Notes the occasions that were found too late, so that nobody runs them late after all."""
    if not missed:
        return
    with database.write() as connection:
        for one in missed:
            row: dict[str, Any] = {"campaign": one.campaign.name, "slot": one.slot}
            row |= {"run_id": uuid4().hex[:12]}
            row |= {"state": RunState.MISSED, "version": one.campaign.version, "as_of": one.at}
            _insert(connection, row | {"started_at": now, "held": "found too late to start"})
            log.info("run missed", extra={"campaign": one.campaign.name, "slot": one.slot})
