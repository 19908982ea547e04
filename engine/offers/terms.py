"""What the codes of an offer are made of, and how long they hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


def _for_ever(start: datetime) -> datetime | None:
    return None


@dataclass(frozen=True)
class Terms:
    """One offer as it is given out: exactly one of `unique`, `shared` and `pool` is there.

    `expires` says when a code ends whose message may go at that instant.
    """

    name: str
    unique: str = ""
    shared: str = ""
    pool: Path | None = None
    budget: int | None = None
    expires: Callable[[datetime], datetime | None] = _for_ever
