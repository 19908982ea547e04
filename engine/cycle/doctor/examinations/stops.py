"""What does not send now: paused by somebody, resting by itself, held until it is approved."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from engine import clock
from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Level, Patient
from engine.outbox import pauses, rests
from engine.store.campaigns import Pause, Run
from engine.store.database import table
from engine.vocabulary import RunState

pause, run = table(Pause), table(Run)


@EXAMINATIONS.register("stops")
class Stops(Examination):
    """A channel that the engine stopped, for a wrong key, is broken; what a person stopped is not."""

    family = "work"
    means = "Nothing is paused, nothing rests, no run waits for approval."

    def examine(self, patient: Patient) -> Iterator[Finding]:
        held = select(run).where(run.c.state == RunState.HELD.value, run.c.approved_at.is_(None))
        with patient.database.read() as connection:
            paused = connection.execute(select(pause).order_by(pause.c.scope)).all()
            resting = rests.resting(connection, patient.now)
            waiting = connection.execute(held.order_by(run.c.started_at)).all()
        for one in paused:
            if one.scope == pauses.RESTORED:  # an examination of its own
                continue
            name = one.scope.rpartition(":")[2]
            told = f"{name} is paused since {clock.iso(one.at)}{': ' * bool(one.reason)}{one.reason}"
            again = "--all" if name == "all" else name
            halted = one.scope.startswith("channel:") and not one.by_operator
            level: Level = "broken" if halted else "warning"
            yield Finding(level, told, f"when that is mended: rekindle resume {again}", 1)
        for channel, until, why in resting:
            told = f"{channel} rests until {clock.iso(until)}: {why}"
            yield Finding("warning", told, "it goes on by itself", 1)
        for one in waiting:
            told = f"{one.campaign} {one.slot} is held: {one.held}"
            yield Finding(
                "warning", told, f"rekindle preview {one.campaign}, then rekindle approve {one.run_id}", 1
            )
