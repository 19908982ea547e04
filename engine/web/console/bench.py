"""What takes seconds is done in the background, one thing at a time; the last previews are kept."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock, Thread
from typing import Any

from engine.errors import RekindleError
from engine.telling.page import Pages
from engine.vocabulary import Receipt

log = logging.getLogger("rekindle.console")
#: Previews that are kept, in memory only: they hold names and addresses.
KEPT = 5
OUR_FAULT = "Something of ours failed; the log says what."


@dataclass
class Job:
    """One thing that is done or being done. `of` is its campaign, empty for all of them.

    `done` is set last, and copied first: who finds it done finds the rest as well.
    """

    number: int
    kind: str
    of: str
    started: datetime
    done: bool = False
    error: str = ""
    receipt: Receipt | None = None


@dataclass(frozen=True)
class Shown:
    """A preview that was made, when and by which job."""

    number: int
    at: datetime
    of: str
    pages: Pages
    campaigns: Mapping[str, Mapping[str, Any]]


class Bench:
    """Takes one job at a time."""

    def __init__(self) -> None:
        self._lock, self._count = Lock(), 0
        self._job: Job | None = None
        self._shown: OrderedDict[int, Shown] = OrderedDict()

    @property
    def job(self) -> Job | None:
        """The last one as it stands now: it does not change while it is looked at."""
        return replace(self._job) if self._job is not None else None

    def start(self, kind: str, of: str, now: datetime, work: Callable[[Job], None]) -> bool:
        """Begins the work; False while other work is under way."""
        with self._lock:
            if self._job is not None and not self._job.done:
                return False
            self._count += 1
            self._job = Job(self._count, kind, of, now)
        Thread(target=self._do, args=(self._job, work), name="rekindle console", daemon=True).start()
        return True

    def _do(self, job: Job, work: Callable[[Job], None]) -> None:
        try:
            work(job)
        except RekindleError as error:
            job.error = str(error)
        except Exception:
            log.exception("the console's %s failed", job.kind)
            job.error = OUR_FAULT
        finally:
            job.done = True

    def keep(self, shown: Shown) -> None:
        """Keeps a preview, and of older ones only a few."""
        with self._lock:
            for number in [one.number for one in self._shown.values() if one.of == shown.of]:
                del self._shown[number]
            self._shown[shown.number] = shown
            while len(self._shown) > KEPT:
                self._shown.popitem(last=False)

    def shown(self, number: int) -> Shown | None:
        with self._lock:
            return self._shown.get(number)

    def newest(self, campaign: str = "") -> Shown | None:
        """The last preview, or the last one that the campaign is in."""
        with self._lock:
            kept = reversed(self._shown.values())
            return next((one for one in kept if not campaign or campaign in one.campaigns), None)
