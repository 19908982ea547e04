"""Has anybody edited the project? A look at sizes, times and inodes, without reading a byte."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

#: What tells one state of a file from another: its time, its size, and which file it is.
Stamp = tuple[int, int, int]


def stamps(paths: Sequence[Path]) -> dict[str, Stamp]:
    """The stamp of each of these files, and of every file below these folders."""
    return {path: _stamp(found) for one in paths for path, found in _files(one)}


def _files(path: Path) -> Iterator[tuple[str, os.stat_result]]:
    try:
        if not path.is_dir():
            yield str(path), path.stat()
            return
        for folder, _, names in os.walk(path):
            for name in names:
                yield from _file(os.path.join(folder, name))
    except OSError:
        return


def _file(path: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        yield path, os.stat(path)
    except OSError:  # a dangling link, or gone since the folder was read
        return


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_mtime_ns, found.st_size, found.st_ino


class Watch:
    """Tells when something changed since it was last asked, once the change has come to rest.

    An editor or a `git checkout` writes several files, one after the other: an edit counts when two
    looks in a row see the same.
    """

    def __init__(self, *paths: Path) -> None:
        self._paths = paths
        self._known = self._seen = stamps(paths)

    def changed(self) -> bool:
        """Whether there is an edit to take over."""
        seen = stamps(self._paths)
        at_rest, self._seen = seen == self._seen, seen
        if seen == self._known or not at_rest:
            return False
        self._known = seen
        return True

    @property
    def restless(self) -> bool:
        """Whether an edit was seen that may go on: look again soon."""
        return self._seen != self._known
