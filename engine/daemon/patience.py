"""Going on in spite of faults: a store that is away, a full disk, even a bug, must not end the daemon."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from sqlalchemy.exc import DBAPIError

from engine.errors import RekindleError

log = logging.getLogger("rekindle.daemon")
_FIRST, _LONGEST = 1.0, 30.0


class Patient:
    """Does one kind of work again and again. A fault is told once, not at every try; after each the
    next try waits longer; and when it is over, that is told too.
    """

    def __init__(self, name: str, stop: Event) -> None:
        self.name = name
        self.fault = ""
        self._stop = stop
        self._wait = 0.0

    def __call__(self, work: Callable[[], None]) -> bool:
        """Does it once. On a fault, waits a while and answers False."""
        try:
            work()
        except Exception as error:  # noqa: BLE001  a daemon outlives even a bug
            if not self._stop.is_set():
                self._told(error)
            self._wait = min(max(self._wait * 2, _FIRST), _LONGEST)
            self._stop.wait(self._wait)
            return False
        if self.fault:
            log.warning("%s works again", self.name, extra={"work": self.name})
        self.fault, self._wait = "", 0.0
        return True

    def _told(self, error: Exception) -> None:
        expected = isinstance(error, RekindleError | DBAPIError | OSError)
        words = _words(error) if expected else f"a bug of ours: {type(error).__name__}: {error}"
        if words == self.fault:
            return
        self.fault = words
        more = {"work": self.name, "fault": words}
        if expected:
            log.error("%s stopped for now and will go on by itself: %s", self.name, words, extra=more)
        else:
            log.exception("%s stopped for now: %s", self.name, words, extra=more)


def _words(error: Exception) -> str:
    """The fault in one line; the statement behind a database's fault may hold addresses, so not that."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
