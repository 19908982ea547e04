"""The daemon's card in the store: what it runs, since when, and what it could not take over."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine import clock
from engine.app import App
from engine.cycle import presence
from engine.cycle.presence import Card
from engine.errors import RekindleError
from engine.outbox import owner as owners
from engine.outbox.owner import Owner

log = logging.getLogger("rekindle.daemon")
#: A card is written anew so often at most, in seconds, unless it changes.
_AGE = 5.0


class Desk:
    """Keeps one daemon's card in the store, with the lock beside it that proves the daemon alive."""

    def __init__(self) -> None:
        self._owner: Owner | None = None
        self._card: Card | None = None
        self._written = 0.0

    def show(self, app: App, campaigns: Mapping[str, str], broken: Sequence[str]) -> None:
        """Writes the card if it changed or grew old; else this costs nothing."""
        every = max(int(_AGE), app.settings.scheduler.every.seconds)
        card = replace(self._first(app, every), every=every, campaigns=dict(campaigns), broken=list(broken))
        old = self._card is None or time.monotonic() - self._written >= every
        if not old and card == replace(self._card or card, seen_at=""):
            return
        if self._owner is not None:
            self._owner.renew()
        self._card = replace(card, seen_at=clock.iso(clock.now()))
        presence.show(app.store, self._card)
        self._written = time.monotonic()

    def _first(self, app: App, every: int) -> Card:
        if self._card is not None:
            return replace(self._card, seen_at="")
        workers = owners.folder(app.settings.root, app.database)
        presence.tidy(app.store, workers, clock.now())
        self._owner = self._owner or Owner(workers, app.database)
        return Card(os.getpid(), self._owner.name, clock.iso(clock.now()), every)

    def leave(self, app: App) -> None:
        """Takes the card away and lets the lock go."""
        try:
            if self._card is not None:
                presence.withdraw(app.database, self._card.key)
        except RekindleError as error:
            log.warning("the daemon's card stays in the store: %s", error)
        if self._owner is not None:
            self._owner.close()
