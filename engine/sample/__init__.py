"""A shop that never was: deterministic files of some thousand customers, for the demo and for trying rules.

Every shipped campaign finds somebody in it. Addresses are of example.com and example.org, phones of
ranges that are kept for fiction (Iran keeps none: there it is a block of zeros).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from engine.sample.shop import COLUMNS, Row, Shop


def write(folder: Path, now: datetime, customers: int = 3000, seed: int = 7) -> dict[str, Path]:
    """Writes the shop's files as exported at `now`; gives them by kind, in an order to import."""
    shop = Shop(now.astimezone(UTC).replace(microsecond=0), Random(seed))
    shop.stock()
    for number in range(1, customers + 1):
        shop.welcome(f"C{number:05d}", number)
    folder.mkdir(parents=True, exist_ok=True)
    return {
        kind: _file(folder / f"{kind}.csv", header.split(), shop.rows[kind])
        for kind, header in COLUMNS.items()
    }


def _file(path: Path, header: Row, rows: Iterable[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(header)
        lines.writerows(rows)
    return path
