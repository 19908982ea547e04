"""I0: one row per dedupe key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Select, func, inspect, select

from engine.cycle.doctor.examination import EXAMINATIONS, Finding, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, attempt, delivery

_LOST = (
    "a store that was copied without its indexes can send twice: `rekindle pause --all`, then restore a "
    "backup whole (docs/operations.md)"
)


@EXAMINATIONS.register("i0_one_row")
class OneRow(Invariant):
    """Where a unique index stands, the database keeps the word; where it is gone the rows are counted."""

    number = "I0"
    means = "A campaign, slot, subject, step, channel and address have one row, and one name outside."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        for column in _unkept(patient):
            wrong = f"in {column.table.name}.{column.name} more than once"
            yield Breach(wrong, _twice(column), STOP_FIRST, "value")

    def examine(self, patient: Patient) -> Iterator[Finding]:
        for column in _unkept(patient):
            told = f"nothing keeps {column.table.name}.{column.name} unique"
            yield Finding("broken", told, _LOST, 1)
        yield from super().examine(patient)


def _unkept(patient: Patient) -> list[Column[Any]]:
    """The columns that no unique index keeps."""
    asked = (delivery.c.dedupe_key, delivery.c.delivery_id, attempt.c.token)
    with patient.database.read() as connection:
        seen = inspect(connection)
        unique = {
            (name, *one["column_names"])
            for name in ("delivery", "attempt")
            for one in seen.get_indexes(name)
            if one["unique"]
        }
    return [column for column in asked if (column.table.name, column.name) not in unique]


def _twice(column: Column[Any]) -> Select[Any]:
    """The rows that share it: how many, and one of them, since the key itself may hold an address."""
    some = func.min(column.table.c.customer_id).label("customer_id")
    rows: Any = select(func.count().label("rows"), some)
    return rows.group_by(column).having(func.count() > 1)  # type: ignore[no-any-return]
