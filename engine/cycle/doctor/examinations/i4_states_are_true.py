"""I4: `accepted` means that the provider has it; `failed`, `planned` and the like, that it has not."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, not_, or_

from engine.cycle.doctor.accepted import answered, told
from engine.cycle.doctor.examination import EXAMINATIONS, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, delivery, named
from engine.outbox.transitions import NOT_SENT
from engine.vocabulary import State

#: A row that waits after a doubt may be out there already: it says so with dup_risk.
_HERE = [state.value for state in (*NOT_SENT, State.PLANNED)]
_WAITS = [State.RETRY_WAIT.value, State.CLAIMED.value]


@EXAMINATIONS.register("i4_states_are_true")
class StatesAreTrue(Invariant):
    number = "I4"
    means = "What is accepted has an answer or an event that shows it, and what was not sent has none."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        accepted = delivery.c.state == State.ACCEPTED.value
        unproven = named().where(accepted, not_(answered()), not_(told()))
        yield Breach("accepted, and nothing shows it", unproven, STOP_FIRST)
        waits = and_(delivery.c.state.in_(_WAITS), not_(delivery.c.dup_risk))
        here = or_(delivery.c.state.in_(_HERE), waits)
        denied = named().where(here, or_(answered(), told()))
        yield Breach("not sent, and the provider has it", denied, STOP_FIRST)
