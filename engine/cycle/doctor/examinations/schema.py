"""The store: there, and of this program's schema."""

from __future__ import annotations

from collections.abc import Iterator

from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient, well
from engine.store import migrate


@EXAMINATIONS.register("schema")
class Schema(Examination):
    family = "installation"
    means = "There is a store, and its schema is this program's."
    asks_store = False

    def examine(self, patient: Patient) -> Iterator[Finding]:
        if patient.silent:
            yield Finding("broken", patient.silent, "nothing is read or sent until then")
        else:
            kind = "SQLite" if patient.database.is_sqlite else "PostgreSQL"
            yield well(f"{kind}, revision {migrate.head()}")
