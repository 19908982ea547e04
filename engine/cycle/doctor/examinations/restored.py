"""The store is no older one than worked here: it was not brought back from a backup unnoticed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.cycle import restored
from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient

_LOOK = (
    "look at `rekindle deliveries --state planned` and at the providers' own logs: what happened since is in "
    "no backup (docs/operations.md)"
)


@EXAMINATIONS.register("restored")
class Restored(Examination):
    family = "installation"
    means = "The store is not older than what this machine has seen of it."

    def examine(self, patient: Patient) -> Iterator[Finding]:
        why = restored.told(patient.database, patient.settings.root)
        if why:
            yield Finding("broken", why, _LOOK)
