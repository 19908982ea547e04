"""Who comes to our door: providers that tell what became of messages, people who follow a letter's links."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection, select

from engine.compose.links import Links, signing_key
from engine.cycle import choices, health, measures
from engine.cycle.came_back import Recorded, record
from engine.cycle.choices import Board, Visitor, visitor
from engine.cycle.measures import Measure
from engine.errors import TryAgain
from engine.events.hook import HOOKS, Call, Forged
from engine.settings import Settings
from engine.store.database import Database, table
from engine.store.replies import Link
from engine.vocabulary import Event, EventKind

log = logging.getLogger("rekindle.web")
link = table(Link)
T = TypeVar("T")
#: How long a write is tried again, in seconds, when others are in its way.
PATIENCE = 5.0


@dataclass(frozen=True)
class Heard:
    """What a provider's call is answered with; `genuine` says that its signature held."""

    genuine: bool
    body: str = ""
    media: str = "text/plain"


class Visits:
    """What the pages behind the letters, and the providers' hooks, do to the store.

    A token is proved before the store is asked for anything; looking at a page changes nothing.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings

    @cached_property
    def links(self) -> Links:
        with self.database.write() as connection:
            return Links(self.settings.brand.public_url, signing_key(connection))

    @cached_property
    def console_key(self) -> str:
        """What the console's sessions are signed with: another key for another password."""
        with self.database.write() as connection:
            key = signing_key(connection)
        password = self.settings.secret("CONSOLE_PASSWORD")
        return hmac.new(key.encode(), f"console|{password}".encode(), hashlib.sha256).hexdigest()

    # -- providers -----------------------------------------------------------------------------

    def called(
        self,
        provider: str,
        where: str,
        body: bytes,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        now: datetime,
    ) -> Heard | None:
        """Takes in what a provider tells; None for a provider that we do not know.

        `where` is path and query of the call: the address before them is the configured one, whatever the
        call says of itself.
        """
        if provider not in HOOKS.kinds:
            return None
        brand = self.settings.brand
        shown = brand.public_url if brand.can_be_reached else ""
        hook = HOOKS[provider](self.settings.secret, brand.name, shown)
        url = brand.public_url.rstrip("/") + where
        try:
            events = hook.events(Call(url=url, body=body, at=now, headers=headers, query=query))
        except Forged as error:
            log.warning("a call was refused: %s", error, extra={"provider": provider})
            return Heard(genuine=False)
        told = self._record(events, now)
        return Heard(True, *hook.answer(events, told.new + told.orphans, told.lifted))

    def _record(self, events: Sequence[Event], now: datetime) -> Recorded:
        if not events:
            return Recorded()
        return self._write(lambda connection: record(connection, events, now))

    def _write(self, work: Callable[[Connection], T]) -> T:
        """One transaction, tried again while others are in its way: nobody should have to leave twice."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with self.database.write() as connection:
                    return work(connection)
            except TryAgain:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    # -- leaving and choosing ------------------------------------------------------------------

    def visitor(self, token: str) -> Visitor | None:
        """Whose letter the token comes from; None for a token that is none of ours."""
        delivery_id = self.links.read(token)
        if delivery_id is None:
            return None
        with self.database.read() as connection:
            return visitor(connection, delivery_id)

    def unsubscribe(self, token: str, now: datetime) -> Visitor | None:
        """Ends the consent to the letter's whole channel, at once; None for a token that is none of ours.

        Who came back and leaves again by the same letter is heard again.
        """
        found = self.visitor(token)
        if found is not None:
            self._record([_left(found, now, "unsubscribe")], now)
        return found

    def board(self, token: str) -> Board | None:
        """What the letter's reader may choose from."""
        found = self.visitor(token)
        if found is None:
            return None
        with self.database.read() as connection:
            return choices.board(connection, found, self.settings.policy.consent == "assumed")

    def choose(self, token: str, shown: set[str], wanted: set[str], now: datetime) -> Board | None:
        """Writes down what was changed on the page, and returns what holds from now on."""
        before = self.board(token)
        if before is None:
            return None
        changed = choices.changes(before, shown, wanted)
        mine = (before.visitor.channel, "")
        left = any((one.channel, one.topic) == mine and not yes for one, yes in changed)

        def write(connection: Connection) -> None:
            if left:
                record(connection, [_left(before.visitor, now, choices.SOURCE)], now)
            choices.write(connection, before, changed, now)

        self._write(write)
        return self.board(token)

    # -- saying yes twice ----------------------------------------------------------------------

    def to_confirm(self, token: str) -> Visitor | None:
        """Whose yes the token is; None for one that is none of ours, or of an address they left since."""
        delivery_id = self.links.read_confirm(token)
        if delivery_id is None:
            return None
        with self.database.read() as connection:
            found = visitor(connection, delivery_id)
        return found if found is not None and found.current else None

    def confirm(self, token: str, now: datetime) -> Visitor | None:
        """The second yes of a double opt-in."""
        found = self.to_confirm(token)
        if found is not None:
            self._write(lambda connection: choices.confirm(connection, found, now))
        return found

    # -- clicks and opens ----------------------------------------------------------------------

    def target(self, token: str) -> str | None:
        """Where a link of a letter leads; None for a token that is none of ours."""
        named = self.links.read_link(token)
        if named is None:
            return None
        with self.database.read() as connection:
            url = connection.execute(select(link.c.url).where(link.c.link_id == named[1])).scalar()
        return url if url and url.startswith(("https://", "http://")) else None

    def clicked(self, token: str, machine: bool, now: datetime) -> None:
        """Writes the click down: of one link so many in a second count once."""
        named = self.links.read_link(token)
        if named is not None:
            self._looked(EventKind.CLICKED, named[0], named[1], machine, now)

    def opened(self, token: str, machine: bool, now: datetime) -> None:
        """Writes the opening down, where the configuration asks for it."""
        delivery_id = self.links.read(token)
        if delivery_id is not None and self.settings.tracking.opens:
            self._looked(EventKind.OPENED, delivery_id, "", machine, now)

    def _looked(self, kind: EventKind, delivery_id: str, link_id: str, machine: bool, now: datetime) -> None:
        named = "|".join((kind, delivery_id, link_id, _second(now), "machine" if machine else ""))
        told = Event(
            fingerprint=f"page:{named}",
            kind=kind,
            at=now,
            delivery_id=delivery_id,
            link_id=link_id,
            provider="page",
            machine=machine,
        )
        self._record([told], now)

    # -- how it stands -------------------------------------------------------------------------

    def troubles(self) -> list[str]:
        """Why we are not ready, a sentence each; nothing when we are."""
        return health.troubles(self.database, self.settings)

    def measures(self, now: datetime) -> list[Measure]:
        """The figures of the store, for whoever watches it."""
        with self.database.read() as connection:
            return measures.measures(connection, now)


def _left(who: Visitor, now: datetime, source: str) -> Event:
    return Event(
        fingerprint=f"page:{source}|{who.delivery_id}|{now.isoformat()}",
        kind=EventKind.UNSUBSCRIBED,
        at=now,
        delivery_id=who.delivery_id,
        provider=source,
    )


def _second(now: datetime) -> str:
    return now.strftime("%Y%m%dT%H%M%S")
