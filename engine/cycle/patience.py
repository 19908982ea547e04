"""A store that is busy for a while, and must hear all the same what is true."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from engine.errors import TryAgain

log = logging.getLogger("rekindle.dispatch")
T = TypeVar("T")

#: A store in trouble is asked again after these seconds, before the answers are left to the journal.
_WAITS = (0.1, 0.3, 1.0, 3.0, 5.0)


def patiently(action: Callable[[], T]) -> T:
    """What the action returns; it is tried again while the store makes us wait. In the end: TryAgain."""
    for wait in _WAITS:
        try:
            return action()
        except TryAgain as error:
            log.warning("the store made us wait: %s", error)
            time.sleep(wait)
    return action()
