"""How long `rekindle --help` takes, beside a Python that does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.report import Line
from benchmarks.stores import Stores

_ROUNDS = 9


def lines(stores: Stores) -> Iterator[Line]:
    """The median of several starts; the first one, which compiles, is not counted."""
    ways = {
        "help": [str(Path(sys.executable).with_name("rekindle")), "--help"],
        "bare": [sys.executable, "-c", ""],
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(_ROUNDS + 1):
        for name, command in ways.items():
            seconds = _seconds(command)
            if number:
                took[name].append(seconds)
    yield Line("start", "rekindle --help", "", "s", median(took["help"]), at_most=0.3)
    yield Line("start", "a Python that does nothing", "", "s", median(took["bare"]))


def _seconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    environment = {**os.environ, "COLUMNS": "100"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start
