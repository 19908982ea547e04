"""I8: one code a delivery, the same on every retry; never-sent rows give theirs back."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, select

from engine.cycle.doctor.examination import EXAMINATIONS, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, delivery, named
from engine.outbox.transitions import NOT_SENT
from engine.store.database import table
from engine.store.replies import Code

code = table(Code)


@EXAMINATIONS.register("i8_codes")
class Codes(Invariant):
    number = "I8"
    means = "A message has one code, which it keeps, and one that is never sent gives its code back."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        by = (code.c.customer_id, code.c.dedupe_key)
        several = select(code.c.customer_id, func.count().label("codes")).group_by(*by)
        yield Breach("with several codes", several.having(func.count() > 1), STOP_FIRST)
        about = and_(code.c.customer_id == delivery.c.customer_id, code.c.dedupe_key == delivery.c.dedupe_key)
        codes = named(code.c.offer, code.c.state.label("code_state")).join(code, about)
        other = codes.where(delivery.c.offer_code.is_distinct_from(code.c.code))
        yield Breach("with another code than is kept for it", other, STOP_FIRST)
        unsent = delivery.c.state.in_([state.value for state in NOT_SENT])
        kept = codes.where(unsent, code.c.state.in_(["reserved", "issued"]))
        yield Breach("never sent, and keeping its code", kept, STOP_FIRST)
