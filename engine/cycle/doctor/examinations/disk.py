"""Room on the disk: for the store, its log of writes, and the workers' journals."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.cycle import health
from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient, well

_MEGABYTE = 1 << 20
#: Below this nothing may be sent soon, and below that somebody should look.
_NONE, _LITTLE = 100 * _MEGABYTE, 1024 * _MEGABYTE
#: A log of writes this long means that somebody has been reading for hours.
_LONG = 1024 * _MEGABYTE
_ROOM = "make room: when the disk is full nothing is sent (and nothing is lost)"
_READER = (
    "somebody has the store open for a long read: end it, and the log shrinks with the next `rekindle run`"
)


@EXAMINATIONS.register("disk")
class Disk(Examination):
    family = "installation"
    means = "The disk can be written, and has room."
    asks_store = False

    def examine(self, patient: Patient) -> Iterator[Finding]:
        path = patient.database.path
        folder = path.absolute().parent if path else patient.settings.root.absolute()
        troubles = health.disk_troubles(patient.database, patient.settings)
        yield from (Finding("broken", trouble, "without it nothing is sent") for trouble in troubles)
        if not troubles:
            yield _room(shutil.disk_usage(folder).free)
        if path is not None:
            yield from _log(path.with_name(path.name + "-wal"))


def _room(free: int) -> Finding:
    told = f"{free // _MEGABYTE:,} MB are free"
    if free >= _LITTLE:
        return well(told)
    return Finding("broken" if free < _NONE else "warning", told, _ROOM)


def _log(file: Path) -> Iterator[Finding]:
    size = file.stat().st_size if file.exists() else 0
    if size > _LONG:
        yield Finding("warning", f"the log of writes beside the store is {size // _MEGABYTE:,} MB", _READER)
