"""Rows that a file gives again: the last one counts, and somebody should know."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator
from tempfile import SpooledTemporaryFile

#: So many keys are compared in memory at once, and so many bytes of them are kept there.
_AT_ONCE, _IN_MEMORY = 500_000, 2**23


class Repeats:
    """Counts keys that come again, run of rows by run of rows. A key costs eight bytes, of many on disk."""

    def __init__(self) -> None:
        self._run = array("q")
        self._before = SpooledTemporaryFile(_IN_MEMORY, prefix="rekindle-")  # noqa: SIM115  see `close`
        self._rows = 0

    def close(self) -> None:
        self._before.close()

    def add(self, keys: Iterable[Hashable]) -> None:
        self._run.extend(map(hash, keys))

    def end_run(self) -> int:
        """How many keys of the run came before in it."""
        run, self._run = self._run, array("q")
        self._before.write(run.tobytes())
        self._rows += len(run)
        return len(run) - len(set(run))

    def count(self) -> int:
        """How many keys of all the runs came before."""
        parts = self._rows // _AT_ONCE + 1
        return self._rows - sum(len(set(self._part(part, parts))) for part in range(parts))

    def _part(self, part: int, parts: int) -> Iterator[int]:
        self._before.seek(0)
        while keys := self._before.read(2**19):
            yield from (key for key in array("q", keys) if key % parts == part)
