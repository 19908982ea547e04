"""Messages of which nobody knows whether the provider has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient
from engine.cycle.doctor.invariant import counted, delivery, messages, named
from engine.outbox.recover import SETTLING
from engine.vocabulary import State

#: A daemon settles old doubts within two minutes.
_GRACE = timedelta(minutes=5)
_STUCK = "nobody settles them: start `rekindle daemon`, or `rekindle run`"
_DECIDE = (
    "ask the provider's own log about `rekindle deliveries --state unresolved`, then decide: `rekindle "
    "resolve ID sent` or `not-sent` (docs/operations.md, Stuck unknowns); nothing of it goes again by itself"
)


@EXAMINATIONS.register("doubts")
class Doubts(Examination):
    family = "work"
    means = "No doubt has grown old, and none waits for a person."

    def examine(self, patient: Patient) -> Iterator[Finding]:
        old = delivery.c.sent_at < patient.now - SETTLING - _GRACE
        stuck = named().where(delivery.c.state == State.UNKNOWN.value, old)
        count, examples = counted(patient, stuck)
        if count:
            told = f"unknown for more than {SETTLING.seconds // 60} minutes: {messages(count)}"
            yield Finding("warning", told, _STUCK, count, examples)
        count, examples = counted(patient, named().where(delivery.c.state == State.UNRESOLVED.value))
        if count:
            told = f"gone out or not, and nothing will tell: {messages(count)}"
            yield Finding("warning", told, _DECIDE, count, examples)
