"""APScheduler as the clock that ticks: it wakes the daemon at each campaign's occasions, and decides nothing.

Its jobs live in memory and are rebuilt from the rule files. That an occasion happens once is the
business of the store's unique slots, and that none is forgotten that of the steady tick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from engine import clock
from engine.rules.campaign import Campaign
from engine.rules.schedule import Schedule

#: Waking earlier than asked costs nothing: the next wake-up is reckoned anew each time.
_LONGEST = timedelta(days=1)


class Occasions(BaseTrigger):  # type: ignore[misc]
    """A schedule's next occasion by our clock (which may be staged), as a time of APScheduler's."""

    def __init__(self, schedule: Schedule, zone: str) -> None:
        self._schedule, self._zone = schedule, zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        ours = clock.now()
        at = self._schedule.next(ours, self._zone)
        return None if at is None else now + min(at - ours, _LONGEST)


class Timer:
    """Calls `wake`, from a thread of its own, whenever a campaign may be due."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def arm(self, campaigns: Iterable[Campaign], zone: str) -> None:
        """Forgets every wake-up and sets those of these campaigns. By the recipients' own clocks
        there are as many occasions as zones: those are left to the steady tick."""
        self._scheduler.remove_all_jobs()
        for one in campaigns:
            if not one.schedule.per_recipient:
                trigger = Occasions(one.schedule, zone)
                self._scheduler.add_job(self._wake, trigger, id=one.name, name=one.name)

    @property
    def jobs(self) -> dict[str, Any]:
        """When each campaign's wake-up comes, by the machine's clock."""
        return {job.id: getattr(job, "next_run_time", None) for job in self._scheduler.get_jobs()}
