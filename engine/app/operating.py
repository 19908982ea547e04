"""Verbs of those who keep the store and the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import clock
from engine.app.ground import Ground
from engine.cycle import customers, find, ledger_view, operate, overview, presence, resolve, timekeeping
from engine.cycle.came_back import Recorded, record
from engine.cycle.doctor.examination import Patient
from engine.cycle.doctor.rounds import Examined, rounds
from engine.cycle.resolve import Which, Word
from engine.cycle.visits import Visits
from engine.errors import YoursToFix
from engine.store import copying, migrate
from engine.store.database import Database
from engine.text import did_you_mean
from engine.vocabulary import Channel
from engine.vocabulary import Event as CameBack

if TYPE_CHECKING:
    from engine.ingest import Imported


class Operating(Ground):
    """What brings data in, steps in, and looks after customers."""

    def upgrade(self) -> None:
        """Makes the store, or brings it up to date."""
        migrate.upgrade(self.settings.database_url)

    def copy_from(self, source: str) -> Iterator[tuple[str, int]]:
        """Copies every row of that store, a file or a URL, into this empty one, table by table."""
        other = Database(source if "://" in source else f"sqlite:///{Path(source).absolute()}")
        root = other.path.absolute().parent if other.path else self.settings.root
        for one in presence.daemons(migrate.ready(other), root, clock.now()):
            if one["state"] != "gone":
                who = f"the daemon {one['pid']} on {one['host']}"
                raise YoursToFix(f"{who} works on the store that is to be copied: stop it first")
        try:
            yield from copying.copy(other, self.store)
        finally:
            other.close()

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

    def pause(self, scope: str, reason: str = "") -> None:
        """Stops `all`, a campaign or a channel, at once."""
        operate.pause(self.store, self._scope(scope), clock.now(), reason)

    def resume(self, scope: str) -> bool:
        """Lets it go on; False when it was not paused. `all` also says that the clock is right now."""
        named = self._scope(scope)
        believed = named == "all" and timekeeping.believe(self.store, clock.now())
        return operate.resume(self.store, named) or believed

    def undo_stop(self) -> bool:
        """Takes the pause of everything back, and leaves campaigns and channels paused that were."""
        return operate.undo_stop(self.store)

    def _scope(self, name: str) -> str:
        if name == "all" or name in ("email", "sms"):
            return name if name == "all" else f"channel:{name}"
        if name in self.book.segments or name in self.book.offers:
            self.book.campaign(name)  # tells what it is instead
        if name in self.book.campaigns or name in self.book.faults or operate.heard_of(self.store, name):
            return f"campaign:{name}"  # one whose file is broken or gone may still send what is planned
        hint = did_you_mean(name, [*self.book.campaigns, *(channel.value for channel in Channel)])
        raise YoursToFix(f"there is no campaign or channel {name!r} ({hint})")

    def approve(self, run_id: str) -> dict[str, Any]:
        """Lets a held run go. Raises YoursToFix when there is no such run waiting."""
        return operate.approve(self.store, run_id, clock.now())

    def unresolved(self, which: Which) -> dict[str, int]:
        """How many messages there are to decide about, by campaign. Raises YoursToFix where there is none."""
        return resolve.campaigns(self.store, which)

    def resolve(self, which: Which, word: Word, who: str, why: str = "") -> int:
        """Does what a person says of messages that are unresolved. Returns of how many it was still true."""
        return resolve.resolve(self.store, which, word, who, why, clock.now())

    def deliveries(self, **filters: Any) -> Iterator[dict[str, Any]]:
        """The ledger, filtered by state, campaign, customer."""
        return ledger_view.deliveries(self.store, **filters)

    def status(self) -> dict[str, Any]:
        """Campaigns with their next runs, the outbox by state, the channels, what is wrong."""
        return ledger_view.status(self.store, self.settings, self.book, self.library, clock.now())

    def overview(self) -> dict[str, Any]:
        """What an operator decides by: campaigns with their next and last runs, held ones, channels."""
        return overview.overview(self.store, self.settings, self.book, clock.now())

    def stopped(self) -> dict[str, Any] | None:
        """Since when and why everything is stopped; None when it is not."""
        return overview.stopped(self.store)

    def find_customers(self, text: str) -> dict[str, Any]:
        """Whom that id, address or number belongs to; addresses masked."""
        return find.find(self.store, self.settings, text)

    def doctor(self, outside: bool = True) -> Iterator[Examined]:
        """Every examination of the installation and the ledger, as it is done; it only reads.

        `outside`: providers, the DNS and the web are asked too.
        """
        return rounds(Patient(self.database, self.settings, self.book, self.library, clock.now(), outside))

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
