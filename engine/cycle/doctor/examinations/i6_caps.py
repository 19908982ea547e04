"""I6: sends per customer and window never exceed the cap, `unknown` counted as used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select

from engine.cycle.doctor.examination import EXAMINATIONS, EXAMPLES, Finding, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, delivery
from engine.durations import Duration
from engine.policy.recheck import has_used
from engine.settings import Cap
from engine.store.types import Instant, millis_between

_LOWERED = f"if the cap was lowered lately, that is why, and it passes; else {STOP_FIRST}"
#: A month is not longer, in either calendar.
_LONGEST_MONTH = 31 * 86_400


@EXAMINATIONS.register("i6_caps")
class Caps(Invariant):
    """Looks at the last window of each cap as it is configured now."""

    number = "I6"
    means = "Nobody had more marketing messages than a cap allows, those in doubt counted."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        for cap in patient.settings.policy.caps:
            wrong = f"begun although {cap.max} had gone to that person within {cap.per}"
            yield Breach(wrong, _crowded(cap, patient), _LOWERED)

    def examine(self, patient: Patient) -> Iterator[Finding]:
        """A month is reckoned in the brand's calendar, which no database knows."""
        back = patient.settings.brand.reckoning.back
        for cap, one in zip(patient.settings.policy.caps, self.breaches(patient), strict=True):
            with patient.database.read() as connection:
                rows = connection.execution_options(yield_per=5_000).execute(one.rows)
                found = [row.delivery_id for row in rows if row.before > back(row.sent_at, cap.per)]
            if found:
                told = tuple(f"delivery_id={name}" for name in found[:EXAMPLES])
                yield Finding("broken", one.told(len(found)), one.advice, len(found), told)


def _crowded(cap: Cap, patient: Patient) -> Select[Any]:
    """Each message that began too soon after the one that had used up the cap; a month is its longest."""
    back, length = patient.settings.brand.reckoning.back, _longest(cap.per)
    since = back(patient.now, cap.per)
    before = func.lag(delivery.c.sent_at, cap.max, type_=Instant()).over(
        partition_by=delivery.c.customer_id, order_by=(delivery.c.sent_at, delivery.c.dedupe_key)
    )
    used = (
        select(delivery.c.delivery_id, delivery.c.sent_at, before.label("before"))
        .where(delivery.c.kind == "marketing", has_used(delivery))
        .where(delivery.c.sent_at.isnot(None), delivery.c.sent_at > back(since, cap.per))
        .subquery()
    )
    near = millis_between(used.c.before, used.c.sent_at) < int(length.total_seconds() * 1000)
    return select(used).where(used.c.before.isnot(None), used.c.sent_at > since, near)


def _longest(per: Duration) -> timedelta:
    return timedelta(seconds=per.months * _LONGEST_MONTH or per.seconds)
