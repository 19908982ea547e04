"""Who works on the store: daemons that live, and what dead workers still hold."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from engine.cycle import presence
from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient, well
from engine.cycle.doctor.invariant import delivery, messages
from engine.outbox import owner as owners
from engine.vocabulary import State

_HELD = [State.CLAIMED.value, State.SENDING.value]
_TAKEN_OVER = "the next `rekindle run`, or a daemon, takes over from it"


@EXAMINATIONS.register("workers")
class Workers(Examination):
    """On PostgreSQL a worker of another machine is seen by its lock in the database."""

    family = "work"
    means = "Every daemon is alive and awake, and no message is in the hands of a dead worker."

    def examine(self, patient: Patient) -> Iterator[Finding]:
        daemons = presence.daemons(patient.database, patient.settings.root, patient.now)
        for one in daemons:
            who = f"the daemon {one['pid']} on {one['host']}"
            if one["state"] == "silent":
                told = f"{who} lives, and was last seen at {one['seen_at']}"
                yield Finding("warning", told, "look at its log; `kill` it and start it anew", 1)
            elif one["state"] == "gone":
                yield Finding("warning", f"{who} ended without a word", "start it again: rekindle daemon", 1)
            for fault in one["broken"]:
                yield Finding("warning", f"{who} could not take over: {fault}", "rekindle check", 1)
        yield from _dead(patient)
        running = sum(one["state"] == "running" for one in daemons)
        if running == len(daemons):
            yield well(
                f"{running} daemon{'s' * (running != 1)}" if daemons else "no daemon: `rekindle run` works"
            )


def _dead(patient: Patient) -> Iterator[Finding]:
    workers = owners.folder(patient.settings.root, patient.database)
    held = select(delivery.c.owner, func.count().label("rows")).where(
        delivery.c.state.in_(_HELD), delivery.c.owner.isnot(None)
    )
    with patient.database.read() as connection:
        holding = {row.owner: row.rows for row in connection.execute(held.group_by(delivery.c.owner))}
    for name in sorted({*holding, *owners.leftovers(workers)}):
        if owners.is_dead(name, workers, patient.database):
            rows = holding.get(name, 0)
            told = f"the dead worker {name} holds {messages(rows)}" if rows else f"a dead worker left {name}"
            yield Finding("warning", told, _TAKEN_OVER, rows or 1)
