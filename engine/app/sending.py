"""Verbs that plan and send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import Connection

from engine import clock
from engine.app.ground import Ground
from engine.cycle import restored, timekeeping, trial
from engine.cycle.asking import Recheck
from engine.cycle.commit import commit, record_missed
from engine.cycle.dispatch import Counts, dispatch
from engine.cycle.letters import Pen
from engine.cycle.news import GONE, News
from engine.cycle.occasions import Occasion, due, occasions
from engine.cycle.plan import Plan
from engine.cycle.restored import Resumed
from engine.errors import Problem
from engine.policy import guards
from engine.policy.entry import Moment
from engine.policy.recheck import Decision, Key, recheck
from engine.vocabulary import Receipt, State


@dataclass(frozen=True)
class RunReport:
    """What one `run` did: the plans it made true, and where the ledger's rows stand."""

    plans: tuple[Plan, ...]
    missed: tuple[Occasion, ...]
    counts: Counts
    problems: tuple[Problem, ...]


class Sending(Ground):
    """What makes plans true and messages go."""

    def run(self, names: Sequence[str] = (), stop: Event | None = None) -> RunReport:
        """One cycle now: plans what is due (or named), then sends until the outbox waits or is empty."""
        plans, missed = self.plan_due(names)
        counts = self.dispatch(names, stop)
        return RunReport(tuple(plans), tuple(missed), counts, tuple(self.book.problems))

    def plan_due(
        self, names: Sequence[str] = (), rest: timedelta = timedelta(0)
    ) -> tuple[list[Plan], list[Occasion]]:
        """Makes the plans of what is due (or named) true. Sends nothing.

        What is held is planned anew, but not within `rest` of the last time.
        """
        chosen, moment = self.campaigns(names), self.moment()
        self._sound(moment.as_of)
        with self.store.read() as connection:
            found = occasions(connection, chosen, moment, self.settings)
            since = guards.data_since(connection)
        now, late = due(found, moment.as_of, self.settings, rest)
        missed = [one for one in late if since is not None and one.at >= since]
        if names:
            now, missed = [one for one in found if not one.ran], []
        record_missed(self.store, missed, moment.as_of)
        if not now:
            return [], missed
        plans = commit(self.store, now, self.library, self.conditions, moment, self.settings)
        restored.ran(self.store, self.settings.root)
        return plans, missed

    def _sound(self, now: datetime) -> None:
        """Raises YoursToFix where nothing may be planned or sent: a clock set back, a store brought back."""
        timekeeping.sound(self.store, now)
        restored.sound(self.store, self.settings.root, now)

    def resume_restored(self) -> Resumed:
        """Works with a store from a backup from here on. Raises YoursToFix where it is none."""
        moment = self.moment()
        with self.store.read() as connection:
            found = occasions(connection, self.campaigns(()), moment, self.settings)
        open_ = [one for one in found if one.state is None and one.at <= moment.as_of]
        return restored.resume(self.store, self.settings.root, open_, moment.as_of)

    def dispatch(self, names: Iterable[str] = (), stop: Event | None = None) -> Counts:
        """Sends what the outbox holds and may go now."""
        self._sound(clock.now())
        with self._renderer() as renderer:
            pen = Pen(self.store, self.settings, self.library, renderer)
            return dispatch(
                self.store,
                self.settings,
                pen.write,
                self._recheck(),
                clock.now,
                stop or Event(),
                campaigns=list(names),
            )

    def _recheck(self) -> Recheck:
        """What is asked again at the last moment: the gates, and whether news took somebody out."""
        brand = self.settings.brand
        news = News(self.reading, brand.reckoning, brand.currency)

        def asked(connection: Connection, keys: Sequence[Key], now: datetime) -> Mapping[Key, Decision]:
            found = recheck(connection, keys, Moment(now, self.settings.policy, brand.reckoning))
            allowed = [key for key, decision in found.items() if decision.allow]
            gone = news.gone(connection, allowed, now)
            return {**found, **dict.fromkeys(gone, Decision(False, State.SKIPPED, GONE))}

        return asked

    def send_sample(self, name: str, address: str, customer: str | None = None) -> Receipt:
        """Sends a sample of that campaign, or that customer's, to the address; marked TEST, in no ledger."""
        with self._renderer() as renderer:
            kit = self._kit(renderer)
            return trial.send_sample(kit, self.book.campaign(name), self.moment(), address, customer)
