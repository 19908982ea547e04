"""Rows of the ledger become messages: what is known of the people, then the renderer behind its fence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.compose.context import contexts
from engine.compose.letter import Addressed, Composer
from engine.compose.library import Library, Texts
from engine.compose.links import SIGNING_KEY, Links, signing_key
from engine.compose.pool import Renderer
from engine.compose.tracking import tracked
from engine.cycle import promises
from engine.cycle.dispatch import Draft
from engine.errors import YoursToFix
from engine.outbox.transitions import Claimed
from engine.settings import Settings
from engine.store.campaigns import CampaignVersion, Fact
from engine.store.database import Database, table
from engine.store.replies import Link
from engine.vocabulary import Channel, Letter, Rendered

fact, version, link = table(Fact), table(CampaignVersion), table(Link)
#: So many links are remembered as kept: addresses with codes in them are as many as letters.
_MANY = 10_000
#: A campaign and its version.
Edition = tuple[str, str]
Wanted = tuple[str, Addressed]
#: By name, what templates know of an offer.
Offers = Mapping[str, Mapping[str, Any]]


class Pen:
    """Writes letters for the ledger and for previews, by the same hand.

    A delivery's letter is written from the templates as they were when it was planned.
    """

    def __init__(self, database: Database, settings: Settings, library: Library, renderer: Renderer) -> None:
        self.database, self.settings = database, settings
        self._library, self._renderer = library, renderer
        self._key = ""
        self._editions: dict[Edition, tuple[Library, Offers]] = {}
        self._kept_links: set[str] = set()

    def write(self, rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        """The messages of a batch; a row without one says why."""
        editions: dict[Edition, list[Claimed]] = {}
        for row in rows:
            editions.setdefault((row.campaign, row.version), []).append(row)
        return [draft for edition, some in editions.items() for draft in self._write(edition, some, now)]

    def _write(self, edition: Edition, rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        links = self._links(self._signing_key())
        wanted = [(row.customer_id, _addressed(row)) for row in rows]
        with self.database.read() as connection:
            library, offers = self._kept(connection, edition)
            composer = Composer(self.settings, library, links)
            promised = self._promised(connection, rows, offers)
            letters = self.letters(connection, wanted, now, composer, promised)
        given = [one for one in letters if isinstance(one, Letter)]
        written = iter(self._renderer.render(given, library))
        drafts = [
            self._draft(composer, row, to, letter, next(written) if isinstance(letter, Letter) else None)
            for row, (_, to), letter in zip(rows, wanted, letters, strict=True)
        ]
        return self._tracked(drafts, links, now)

    def _tracked(self, drafts: list[Draft], links: Links, now: datetime) -> list[Draft]:
        """The same letters, with their clicks and opens led to us where that is configured.

        Where a link leads is in the store before anybody can click it.
        """
        wish, urls = self.settings.tracking, dict[str, str]()
        if not (wish.clicks or wish.opens):
            return drafts
        found: list[Draft] = []
        for draft in drafts:
            if draft.message is not None and draft.message.html and draft.row.kind == "marketing":
                made = tracked(draft.message.html, links, draft.row.delivery_id, wish.clicks, wish.opens)
                draft = replace(draft, message=replace(draft.message, html=made.html))
                urls |= made.urls
            found.append(draft)
        self._keep(urls, now)
        return found

    def _keep(self, urls: Mapping[str, str], now: datetime) -> None:
        new = {name: url for name, url in urls.items() if name not in self._kept_links}
        if not new:
            return
        insert = sqlite.insert if self.database.is_sqlite else postgresql.insert
        rows = [{"link_id": name, "url": url, "created_at": now} for name, url in sorted(new.items())]
        with self.database.write() as connection:
            connection.execute(insert(link).on_conflict_do_nothing(), rows)
        self._kept_links = (self._kept_links | new.keys()) if len(self._kept_links) < _MANY else set(new)

    def _kept(self, connection: Connection, edition: Edition) -> tuple[Library, Offers]:
        """The templates and the offers as the run found them."""
        if edition not in self._editions:
            mine = (version.c.campaign == edition[0], version.c.version == edition[1])
            row = connection.execute(select(version.c.templates, version.c.offers).where(*mine)).first()
            library = Texts(row.templates) if row and row.templates else self._library
            self._editions[edition] = library, promises.kept(row.offers if row else {}, self.settings)
        return self._editions[edition]

    def _promised(
        self, connection: Connection, rows: Sequence[Claimed], offers: Offers
    ) -> list[Mapping[str, Any]]:
        """What templates know as `offer`, for each row; empty where nothing is offered."""
        if not offers:
            return []
        codes = promises.given(connection, [row.key for row in rows])
        found = (codes.get(row.key) for row in rows)
        return [{**offers.get(one[0], {}), **one[1]} if one else {} for one in found]

    def letters(
        self,
        connection: Connection,
        wanted: Sequence[Wanted],
        now: datetime,
        composer: Composer | None = None,
        promised: Sequence[Mapping[str, Any]] = (),
    ) -> list[Letter | str]:
        """A letter for each, or the reason why there is none. `promised` has the offer of each, if any."""
        composer = composer or self.composer(connection)
        known = contexts(connection, (customer_id for customer_id, _ in wanted), now, self.settings)
        offers = promised or [{}] * len(wanted)
        return [
            _letter(composer, to, known.get(customer_id), offer, now)
            for (customer_id, to), offer in zip(wanted, offers, strict=True)
        ]

    def render(self, letters: Iterable[Letter]) -> list[Rendered]:
        return self._renderer.render(list(letters), self._library)

    def composer(self, connection: Connection) -> Composer:
        """For previews, which cannot write: before the first send there is no key to sign with yet."""
        kept = connection.execute(select(fact.c.value).where(fact.c.name == SIGNING_KEY)).scalar()
        return Composer(self.settings, self._library, self._links(kept or "preview"))

    def _signing_key(self) -> str:
        if not self._key:
            with self.database.write() as connection:
                self._key = signing_key(connection)
        return self._key

    def _links(self, key: str) -> Links:
        return Links(self.settings.brand.public_url, key)

    def _draft(
        self,
        composer: Composer,
        row: Claimed,
        to: Addressed,
        letter: Letter | str,
        rendered: Rendered | None,
    ) -> Draft:
        if isinstance(letter, str) or rendered is None:
            return Draft(row, None, str(letter))
        if rendered.error:
            return Draft(row, None, rendered.error)
        return Draft(row, composer.message(to, letter, rendered, row.token))


def _addressed(row: Claimed) -> Addressed:
    return Addressed(row.delivery_id, Channel(row.channel), row.template, row.address, row.kind)


def _letter(
    composer: Composer,
    to: Addressed,
    context: Mapping[str, Any] | None,
    offer: Mapping[str, Any],
    now: datetime,
) -> Letter | str:
    if context is None:
        return "customer_gone"
    if offer:
        context = {**context, "offer": offer}
    try:
        return composer.letter(to, context, now)
    except YoursToFix as error:
        return f"render_error: {error}"
