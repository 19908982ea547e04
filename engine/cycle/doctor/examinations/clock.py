"""The clock has not been set back behind what the store remembers."""

from __future__ import annotations

from collections.abc import Iterator

from engine.cycle import timekeeping
from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient


@EXAMINATIONS.register("clock")
class Clock(Examination):
    family = "installation"
    means = "The clock is not behind the last run and the last message."

    def examine(self, patient: Patient) -> Iterator[Finding]:
        with patient.database.read() as connection:
            refusal = timekeeping.refusal(connection, patient.now)
            last = timekeeping.last_worked(connection)
        if refusal:
            yield Finding("broken", refusal, "nothing is planned or sent until then")
        elif last is not None and last > patient.now:
            behind = int((last - patient.now).total_seconds())
            told = f"the clock is {behind:,} seconds behind the last run or message"
            yield Finding("warning", told, "look whether the machine asks a time server")
