"""The daemon: one thread plans, one sends, a timer wakes them, and a signal ends them cleanly."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from types import FrameType

from engine import clock
from engine.app import App
from engine.daemon.card import Desk
from engine.daemon.patience import Patient
from engine.daemon.planning import Planner
from engine.daemon.project import Project
from engine.daemon.timer import Timer

log = logging.getLogger("rekindle.daemon")
#: How often the project's files are looked at, in seconds, though ticks be rarer.
LOOK = 2.0
#: After the grace that messages on the wire have: for the store to take their answers, and our card.
SETTLE, FAREWELL = 3.0, 1.5


class Daemon:
    """Runs until a signal. Nothing else ends it: faults are told and outlived."""

    def __init__(self, app: App, config: Path | None = None) -> None:
        self._ready = app.store  # no store, no daemon: the error says how to make one
        self.project = Project(app, config)
        self._planner, self._desk = Planner(), Desk()
        self._wake, self._mail, self._halt, self._stopping = Event(), Event(), Event(), Event()
        self._signals: SimpleQueue[int] = SimpleQueue()
        self._timer = Timer(self._wake.set)
        self._outbox: Mapping[str, int] = {}
        self._edited, self._owing, self._ticked = False, True, 0.0

    @property
    def every(self) -> float:
        """The steady tick, in seconds."""
        return float(max(self.project.app.settings.scheduler.every.seconds, 1))

    def agenda(self) -> list[tuple[str, datetime | None]]:
        """When each campaign runs next, the soonest first."""
        now, zone = clock.now(), self.project.app.settings.brand.timezone
        found = [(one.name, one.schedule.next(now, zone)) for one in self.project.campaigns]
        return sorted(found, key=lambda pair: (pair[1] is None, pair[1] or now, pair[0]))

    def run(self, ending: Callable[[], None] = lambda: None) -> int:
        """Works until SIGTERM or SIGINT; a second one ends it on the spot. Returns the exit code.

        `ending` is called as soon as the end begins: it tells whatever else this process does.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)
        self._timer.start()
        self._arm()
        threads = [Thread(target=self._plans, daemon=True), Thread(target=self._sends, daemon=True)]
        for thread in threads:
            thread.start()
        log.info("the daemon runs", extra={"pid": os.getpid(), "campaigns": len(self.project.campaigns)})
        self._signals.get()
        ending()
        return self._end(threads)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        """Nothing that takes a lock may be done here: the thread that is interrupted may hold it."""
        if self._stopping.is_set():
            os._exit(128 + number)
        self._signals.put(number)

    def _end(self, threads: list[Thread]) -> int:
        log.info("stopping: what is on the wire is finished, nothing more is begun")
        grace = float(self.project.app.settings.scheduler.grace.seconds)
        deadline = time.monotonic() + grace + SETTLE
        for event in (self._stopping, self._halt, self._wake, self._mail):
            event.set()
        self._timer.stop()
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))
        goodbye = Thread(target=self._desk.leave, args=[self.project.app], daemon=True)
        goodbye.start()
        goodbye.join(FAREWELL)
        late = any(thread.is_alive() for thread in (*threads, goodbye))
        log.info("stopped" if not late else "stopped, with work unfinished: others will take it over")
        if late:
            logging.shutdown()
            os._exit(0)
        return 0

    # -- planning ------------------------------------------------------------------------------

    def _plans(self) -> None:
        patient = Patient("planning", self._stopping)
        while not self._stopping.is_set():
            patient(self._look)
            self._wake.wait(0.2 if self.project.restless else min(LOOK, self.every))

    def _look(self) -> None:
        """Takes over edits, plans what is due, and tells the store that we are there."""
        tick = time.monotonic() - self._ticked >= self.every
        self._owing = self._owing or tick
        if self._wake.is_set():  # cleared only then: a wake-up just now must not be lost
            self._wake.clear()
            self._owing = True
        self._edited = self._edited or self.project.edited()
        if self._edited:
            self._take_over()
            self._edited, self._owing = False, True
        if self._owing and not self._stopping.is_set():
            self._planner.plan(self.project)
            self._owing, self._ticked = False, time.monotonic()
            self._mail.set()
        broken = [*self.project.broken, *self._planner.faults]
        self._desk.show(self.project.app, self.project.versions, broken)

    def _take_over(self) -> None:
        before = self.project.app.settings
        self.project.take_over()
        self._arm()
        if self.project.app.settings != before:
            self._halt.set()  # what is sent from here on goes by the new settings

    def _arm(self) -> None:
        self._timer.arm(self.project.campaigns, self.project.app.settings.brand.timezone)

    # -- sending -------------------------------------------------------------------------------

    def _sends(self) -> None:
        patient = Patient("sending", self._stopping)
        while not self._stopping.is_set():
            patient(self._send)
            self._mail.wait(2 * self.every)
            self._mail.clear()

    def _send(self) -> None:
        self._halt.clear()
        if self._stopping.is_set():
            return
        counts = self.project.app.dispatch(stop=self._halt)
        if counts.by_state != self._outbox:
            self._outbox = counts.by_state
            log.info("the outbox", extra={"rows": dict(counts.by_state)})
