"""I8: one code a delivery, the same on every retry; never-sent rows give theirs back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import and_, func, select

from engine.cycle.doctor.examination import EXAMINATIONS, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, delivery, named
from engine.outbox.transitions import NOT_SENT
from engine.store.database import table
from engine.store.replies import Code

code = table(Code)
#: Codes go out, and come back, with the next look at the outbox.
_GRACE = timedelta(minutes=10)
_NOBODY_WORKS = (
    "nobody works the outbox: start `rekindle daemon`, or `rekindle run`; the codes come back then"
)


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
        other = codes.where(delivery.c.offer_code.isnot(None), delivery.c.offer_code != code.c.code)
        yield Breach("with another code than is kept for it", other, STOP_FIRST)
        unsent = delivery.c.state.in_([state.value for state in NOT_SENT])
        given = codes.where(unsent, code.c.state == "issued")
        yield Breach("never sent, and its code counts as given", given, STOP_FIRST)
        old = delivery.c.settled_at < patient.now - _GRACE
        kept = codes.where(unsent, old, code.c.state == "reserved")
        yield Breach("never sent, and keeping its code", kept, _NOBODY_WORKS)
