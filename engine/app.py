"""The composition root: settings become an App, and every door calls only its short methods."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from engine import clock, settings
from engine.compose.library import Library
from engine.compose.pool import Renderer
from engine.cycle import check, customers, explain, ledger_view, operate, preview, trial
from engine.cycle.came_back import Recorded, record
from engine.cycle.commit import commit, record_missed
from engine.cycle.dispatch import Counts, dispatch
from engine.cycle.letters import Pen
from engine.cycle.occasions import Occasion, due, occasions
from engine.cycle.plan import Plan, scope
from engine.cycle.preview import Kit, Wish
from engine.cycle.visits import Visits
from engine.errors import Problem
from engine.policy import guards
from engine.policy.entry import Moment
from engine.policy.recheck import Decision, Key, recheck
from engine.rules import loader
from engine.rules.campaign import Campaign
from engine.rules.compiler import select_ids, sql_text
from engine.rules.condition import Reading
from engine.rules.loader import RuleBook
from engine.settings import Settings
from engine.shipped import init as init
from engine.shipped import starter as starter
from engine.store import migrate
from engine.store.database import Database
from engine.vocabulary import Event as CameBack
from engine.vocabulary import Receipt

if TYPE_CHECKING:
    from engine.ingest import Imported


@dataclass(frozen=True)
class RunReport:
    """What one `run` did: the plans it made true, and where the ledger's rows stand."""

    plans: tuple[Plan, ...]
    missed: tuple[Occasion, ...]
    counts: Counts
    problems: tuple[Problem, ...]


class App:
    """Everything that a person or a program may ask of rekindle, in one object."""

    def __init__(self, configured: Settings) -> None:
        self.settings = configured
        self.database = Database(configured.database_url)
        self.library = Library(configured.folder("templates"))

    @classmethod
    def open(cls, config: Path | None = None) -> App:
        """The App of that config.yaml. Raises YoursToFix."""
        return cls(settings.load(config))

    def close(self) -> None:
        """Lets go of the store."""
        self.database.close()

    # -- rules ---------------------------------------------------------------------------------

    @property
    def reading(self) -> Reading:
        return Reading(self.settings.brand.reckoning, self.settings.brand.currency)

    @cached_property
    def book(self) -> RuleBook:
        """The rules as they stand in the files now."""
        return loader.load(self.settings.folder("rules"), self.reading)

    def reload(self) -> RuleBook:
        """Reads the rule files again."""
        self.__dict__.pop("book", None)
        return self.book

    def check(self, data: bool = False) -> list[Problem]:
        """Every problem in config, rules and templates; with `data`, held against the store as well."""
        return check.check(self.settings, self.book, self.library, store=self.store if data else None)

    def schema(self) -> dict[str, Any]:
        from engine.rules.schema import json_schema

        return json_schema()

    # -- store ---------------------------------------------------------------------------------

    @property
    def store(self) -> Database:
        """The store, when there is one of this program's schema. Raises YoursToFix."""
        return migrate.ready(self.database)

    def upgrade(self) -> None:
        """Makes the store, or brings it up to date."""
        migrate.upgrade(self.settings.database_url)

    def import_file(
        self,
        kind: str,
        file: Path,
        columns: Mapping[str, str] | None = None,
        progress: Callable[[int, float], None] | None = None,
    ) -> Imported:
        """Reads one file into the store, which is made when it is missing."""
        from engine.ingest import import_file  # phone numbers and the like take their time to load

        if migrate.revision(self.database) is None:
            self.upgrade()
        return import_file(self.store, self.settings, kind, file, clock.now(), columns, progress)

    # -- audience ------------------------------------------------------------------------------

    def audience(self, name: str, as_of: datetime | None = None) -> tuple[str, datetime, Iterator[str]]:
        """The kind of NAME, the instant, and the ids of those whom the rule matches, sorted."""
        kind, statement, moment = self._audience(name, as_of)
        return kind, moment.as_of, self._ids(statement)

    def audience_sql(self, name: str, as_of: datetime | None = None) -> str:
        """The one statement that the rule becomes."""
        dialect = self.database.url.get_backend_name()
        return sql_text(self._audience(name, as_of)[1], dialect)

    def audience_english(self, name: str, as_of: datetime | None = None) -> list[str]:
        """The rule of NAME in English, a sentence for each clause that must hold."""
        named = self.book.named(name)
        condition = named.audience if isinstance(named, Campaign) else named.condition
        return preview.sentences(condition, scope(self.conditions, self.moment(as_of), self.settings))

    def _audience(self, name: str, as_of: datetime | None) -> tuple[str, Any, Moment]:
        named = self.book.named(name)
        condition = named.audience if isinstance(named, Campaign) else named.condition
        moment = self.moment(as_of)
        statement = select_ids(condition, scope(self.conditions, moment, self.settings))
        return ("campaign" if isinstance(named, Campaign) else "segment"), statement, moment

    def _ids(self, statement: Any) -> Iterator[str]:
        with self.store.read() as connection:
            column = statement.selected_columns[0]
            rows = connection.execution_options(yield_per=10_000).execute(statement.order_by(column))
            yield from rows.scalars()

    @property
    def conditions(self) -> dict[str, Any]:
        return {name: segment.condition for name, segment in self.book.segments.items()}

    def moment(self, as_of: datetime | None = None) -> Moment:
        """Now, or that past moment with the ledger as it stood then."""
        brand = self.settings.brand
        return Moment(as_of or clock.now(), self.settings.policy, brand.reckoning, cut=as_of is not None)

    # -- preview and run -----------------------------------------------------------------------

    def campaigns(self, names: Sequence[str]) -> list[Campaign]:
        """Those campaigns, or all that can be read. Raises YoursToFix for an unknown name."""
        if names:
            return [self.book.campaign(name) for name in dict.fromkeys(names)]
        return list(self.book.campaigns.values())

    def preview(
        self, names: Sequence[str] = (), as_of: datetime | None = None, wish: Wish | None = None
    ) -> dict[str, Any]:
        """The dry run of what is due, or of the named campaigns. It cannot change the store."""
        wish = replace(wish or Wish(), everything=bool(names) or (wish or Wish()).everything)
        with self._renderer() as renderer:
            return preview.preview(self._kit(renderer), self.campaigns(names), self.moment(as_of), wish)

    def explain(self, name: str, customer_id: str, as_of: datetime | None = None) -> dict[str, Any]:
        """Why that campaign would write to that customer, or why not. It cannot change the store."""
        with self._renderer() as renderer:
            kit, campaign = self._kit(renderer), self.book.campaign(name)
            return explain.explain(kit, campaign, customer_id, self.moment(as_of))

    def explain_all(self, customer_id: str, as_of: datetime | None = None) -> dict[str, Any]:
        """The same of every campaign, a line each."""
        with self._renderer() as renderer:
            return explain.explain_all(
                self._kit(renderer), self.campaigns(()), customer_id, self.moment(as_of)
            )

    def send_sample(self, name: str, address: str) -> Receipt:
        """Sends one sample of that campaign to the address, outside the ledger, marked TEST."""
        with self._renderer() as renderer:
            kit = self._kit(renderer)
            return trial.send_sample(kit, self.book.campaign(name), self.moment(), address)

    def _kit(self, renderer: Renderer) -> Kit:
        return Kit(self.store, self.settings, self.book, self.library, renderer)

    def _renderer(self) -> Renderer:
        return Renderer(self.settings.folder("templates"), workers=os.cpu_count() or 1)

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
        return commit(self.store, now, self.library, self.conditions, moment, self.settings), missed

    def dispatch(self, names: Iterable[str] = (), stop: Event | None = None) -> Counts:
        """Sends what the outbox holds and may go now."""
        with self._renderer() as renderer:
            pen = Pen(self.store, self.settings, self.library, renderer)
            return dispatch(
                self.store,
                self.settings,
                pen.write,
                self._recheck,
                clock.now,
                stop or Event(),
                campaigns=list(names),
            )

    def _recheck(self, connection: Connection, keys: Sequence[Key], now: datetime) -> Mapping[Key, Decision]:
        brand = self.settings.brand
        return recheck(connection, keys, Moment(now, self.settings.policy, brand.reckoning))

    # -- operations ----------------------------------------------------------------------------

    def pause(self, scope: str, reason: str = "") -> None:
        """Stops `all`, a campaign or a channel, at once."""
        operate.pause(self.store, self._scope(scope), clock.now(), reason)

    def resume(self, scope: str) -> bool:
        """Lets it go on; False when it was not paused."""
        return operate.resume(self.store, self._scope(scope))

    def _scope(self, name: str) -> str:
        if name == "all" or name in ("email", "sms"):
            return name if name == "all" else f"channel:{name}"
        return f"campaign:{self.book.campaign(name).name}"

    def approve(self, run_id: str) -> dict[str, Any]:
        """Lets a held run go. Raises YoursToFix when there is no such run waiting."""
        return operate.approve(self.store, run_id, clock.now())

    def deliveries(self, **filters: Any) -> Iterator[dict[str, Any]]:
        """The ledger, filtered by state, campaign, customer."""
        return ledger_view.deliveries(self.store, **filters)

    def status(self) -> dict[str, Any]:
        """Campaigns with their next runs, the outbox by state, the channels, what is wrong."""
        return ledger_view.status(self.store, self.settings, self.book, self.library, clock.now())

    # -- customers and what comes back ---------------------------------------------------------

    def record(self, events: Sequence[CameBack]) -> Recorded:
        """Takes in what providers and our own pages tell about messages, in any order, however often."""
        with self.store.write() as connection:
            return record(connection, events, clock.now())

    @cached_property
    def visits(self) -> Visits:
        """What providers and readers do at the web's door."""
        return Visits(self.database, self.settings)

    def customer_show(self, customer_id: str) -> dict[str, Any]:
        """The customer's life with us, in order. Raises YoursToFix, which names the nearest ids."""
        return customers.show(self.store, customer_id)

    def customer_export(self, customer_id: str) -> dict[str, Any]:
        """Everything that is held about the customer."""
        return customers.export(self.store, customer_id, self.settings.brand.currency)

    def customer_erase(self, customer_id: str) -> dict[str, int]:
        """Forgets the customer. Raises TryAgain while a message to them is on the wire."""
        return customers.erase(self.store, customer_id, clock.now())
