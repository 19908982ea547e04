"""I7: epochs only grow; at most one open attempt a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, func, not_, or_, select

from engine.cycle.doctor.examination import EXAMINATIONS, Patient
from engine.cycle.doctor.invariant import (
    STOP_FIRST,
    Breach,
    Invariant,
    attempt,
    delivery,
    named,
    of_delivery,
)
from engine.vocabulary import State

_HELD = [State.CLAIMED.value, State.SENDING.value]


@EXAMINATIONS.register("i7_epochs")
class Epochs(Invariant):
    number = "I7"
    means = "A claim's number only grows, and a message has an open attempt exactly while it is being sent."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        fallen = named(delivery.c.epoch, attempt.c.epoch.label("tried")).join(attempt, of_delivery())
        later = fallen.where(attempt.c.epoch > delivery.c.epoch)
        yield Breach("of a later claim than its message's", later, STOP_FIRST, "attempt")
        yield Breach("with several open attempts", _several(), STOP_FIRST)
        mine = and_(of_delivery(), attempt.c.epoch == delivery.c.epoch, attempt.c.ended_at.is_(None))
        sending = delivery.c.state == State.SENDING.value
        without = named().where(sending, not_(select(attempt.c.token).where(mine).exists()))
        yield Breach("on its way without an open attempt", without, STOP_FIRST)
        nobodys = named().where(delivery.c.state.in_(_HELD), delivery.c.owner.is_(None))
        yield Breach("in nobody's hands, so that nobody lets go of it", nobodys, STOP_FIRST)
        elsewhere = or_(not_(sending), attempt.c.epoch != delivery.c.epoch)
        left = named().join(attempt, of_delivery()).where(attempt.c.ended_at.is_(None), elsewhere)
        yield Breach("open, and nobody is at it", left, STOP_FIRST, "attempt")


def _several() -> Select[Any]:
    by = (attempt.c.customer_id, attempt.c.dedupe_key)
    opened = select(attempt.c.customer_id, func.count().label("open")).where(attempt.c.ended_at.is_(None))
    return opened.group_by(*by).having(func.count() > 1)
