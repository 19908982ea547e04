"""Numbering equal lines over a whole file without holding the file in memory."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence


class Ordinals:
    """Gives each key its number among equal ones, from 0, in the order of the file.

    Counts are kept in a private temporary SQLite file under 64 bits of the key: at most some bytes
    a line on disk, a bounded cache in memory. It is only made when a second batch comes.
    """

    def __init__(self) -> None:
        self._seen: sqlite3.Connection | None = None
        self._first: dict[int, int] | None = None

    def of(self, keys: Sequence[str]) -> list[int]:
        """The keys are hexadecimal, and know their order."""
        short = [int(key[:15], 16) for key in keys]
        distinct = set(short)
        before = self._before(distinct)
        if not before and len(distinct) == len(short):
            counts: dict[int, int] = dict.fromkeys(short, 1)
            ordinals = [0] * len(short)
        else:
            counts = defaultdict(int, before)
            ordinals = []
            for key in short:
                ordinals.append(counts[key])
                counts[key] += 1
        self._remember(counts)
        return ordinals

    def _before(self, keys: set[int]) -> dict[int, int]:
        if self._first is None:
            return {}
        if self._seen is None:
            self._seen = sqlite3.connect("", isolation_level=None)  # SQLite's name for a file that vanishes
            self._seen.execute("CREATE TABLE seen (key INTEGER PRIMARY KEY, times INTEGER NOT NULL)")
            self._seen.execute("CREATE TABLE asked (key INTEGER PRIMARY KEY)")
            self._put(self._first)
            self._first = {}
        self._seen.execute("DELETE FROM asked")
        self._seen.executemany("INSERT INTO asked VALUES (?)", ((key,) for key in sorted(keys)))
        return dict(self._seen.execute("SELECT key, times FROM asked CROSS JOIN seen USING (key)"))

    def _remember(self, counts: dict[int, int]) -> None:
        if self._first is None:
            self._first = dict(counts)
        else:
            self._put(counts)

    def _put(self, counts: dict[int, int]) -> None:
        assert self._seen is not None
        self._seen.execute("BEGIN")
        self._seen.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", sorted(counts.items()))
        self._seen.execute("COMMIT")
