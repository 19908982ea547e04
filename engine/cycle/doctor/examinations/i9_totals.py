"""I9: every total that is shown is a GROUP BY of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from engine.cycle import health
from engine.cycle.doctor.examination import EXAMINATIONS, Finding, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, delivery, named
from engine.outbox.tally import tally
from engine.vocabulary import Channel, Outcome, State

_INDEX = "an index and its table disagree: look at `integrity`, then `REINDEX` the store or restore a backup"


@EXAMINATIONS.register("i9_totals")
class Totals(Invariant):
    """Nothing is counted beside the ledger; so a row can only be missed by bearing a word that no total
    has, or by an index that has lost it.
    """

    number = "I9"
    means = "Every row is in the totals that are shown: by state, by campaign, channel and state."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        strange = or_(
            _no_word(delivery.c.state, State),
            _no_word(delivery.c.channel, Channel),
            and_(delivery.c.outcome.isnot(None), _no_word(delivery.c.outcome, Outcome)),
        )
        shown = named(delivery.c.channel, delivery.c.outcome).where(strange)
        yield Breach("with a word that no total has", shown, STOP_FIRST)

    def examine(self, patient: Patient) -> Iterator[Finding]:
        yield from super().examine(patient)
        with patient.database.read() as connection:
            rows = connection.execute(select(func.count(delivery.c.created_at))).scalar_one()
            totals = {
                "by state": sum(tally(connection).values()),
                "by campaign, channel and state": sum(one[3] for one in health.counts(connection)),
            }
        for name, total in totals.items():
            if total != rows:
                yield Finding("broken", f"{rows:,} rows, and {total:,} {name}", _INDEX, abs(rows - total))


def _no_word(column: ColumnElement[Any], words: type[StrEnum]) -> ColumnElement[bool]:
    return column.not_in([word.value for word in words])
