"""I3: accepted more than once only with `dup_risk`."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import not_

from engine.cycle.doctor.accepted import more_than_once
from engine.cycle.doctor.examination import EXAMINATIONS, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, delivery


@EXAMINATIONS.register("i3_flagged")
class Flagged(Invariant):
    number = "I3"
    means = "What went out more than once says so: dup_risk."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        unsaid = more_than_once().where(not_(delivery.c.dup_risk))
        yield Breach("gone out more than once, without dup_risk", unsaid, STOP_FIRST)
