"""I2: under `at_most_once` the provider accepted at most once."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, not_

from engine.cycle.doctor.accepted import more_than_once
from engine.cycle.doctor.examination import EXAMINATIONS, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, delivery


@EXAMINATIONS.register("i2_accepted_once")
class AcceptedOnce(Invariant):
    number = "I2"
    means = "What is promised at most once was taken by the provider at most once."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        once = and_(
            delivery.c.promise == "at_most_once", not_(delivery.c.dup_risk)
        )  # else a person had it so
        twice = more_than_once().where(once)
        yield Breach("promised at most once, and accepted more than once", twice, STOP_FIRST)
