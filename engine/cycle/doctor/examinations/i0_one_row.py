"""I0: one row per dedupe key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Select, func, inspect, select

from engine.cycle.doctor.examination import EXAMINATIONS, Finding, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, attempt, delivery

_UNIQUE = {"delivery": ("dedupe_key", "delivery_id"), "attempt": ("token",)}
_LOST = (
    "a store that was copied without its indexes can send twice: `rekindle pause --all`, then restore a "
    "backup whole (docs/operations.md)"
)


@EXAMINATIONS.register("i0_one_row")
class OneRow(Invariant):
    number = "I0"
    means = "A campaign, slot, subject, step, channel and address have one row, and one name outside."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        yield Breach("keys stand in the ledger more than once", _twice(delivery.c.dedupe_key), STOP_FIRST)
        yield Breach("names of deliveries are taken twice", _twice(delivery.c.delivery_id), STOP_FIRST)
        yield Breach("names of attempts are taken twice", _twice(attempt.c.token), STOP_FIRST)

    def examine(self, patient: Patient) -> Iterator[Finding]:
        yield from super().examine(patient)
        with patient.database.read() as connection:
            seen = inspect(connection)
            for table, columns in _UNIQUE.items():
                unique = {tuple(one["column_names"]) for one in seen.get_indexes(table) if one["unique"]}
                for column in columns:
                    if (column,) not in unique:
                        yield Finding("broken", f"nothing keeps {table}.{column} unique", _LOST, 1)


def _twice(column: Column[Any]) -> Select[Any]:
    """The rows that share it: how many, and one of them, since the key itself may hold an address."""
    some = func.min(column.table.c.customer_id).label("customer_id")
    rows: Any = select(func.count().label("rows"), some)
    return rows.group_by(column).having(func.count() > 1)  # type: ignore[no-any-return]
