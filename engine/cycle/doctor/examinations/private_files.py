"""Files with keys or customers in them are not for everybody on the machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Finding, Patient

_ENVIRONMENTS = (".env", "rekindle.env")


@EXAMINATIONS.register("private_files")
class PrivateFiles(Examination):
    family = "installation"
    means = "Nobody else on this machine can read the keys, or write into the store."
    asks_store = False

    def examine(self, patient: Patient) -> Iterator[Finding]:
        for file in _keys(patient.settings.root):
            if _mode(file) & (stat.S_IRWXG | stat.S_IRWXO):
                yield Finding("warning", f"{file} can be read by others", f"chmod 600 {file}", 1)
        store = patient.database.path
        if store is not None and store.exists() and _mode(store) & (stat.S_IWGRP | stat.S_IWOTH):
            yield Finding("warning", f"{store} can be written by others", f"chmod 640 {store}", 1)


def _keys(root: Path) -> Iterator[Path]:
    yield from (root / name for name in _ENVIRONMENTS if (root / name).is_file())
    folder = os.environ.get("REKINDLE_SECRETS_DIR")
    if folder and Path(folder).is_dir():
        yield from sorted(one for one in Path(folder).iterdir() if one.is_file())


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)
