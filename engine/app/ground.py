"""What every verb stands on: settings, store, rules as they stand in the files, the moment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from engine import clock, settings
from engine.compose.library import Library
from engine.compose.pool import Renderer
from engine.cycle.preview import Kit
from engine.policy.entry import Moment
from engine.rules import loader
from engine.rules.campaign import Campaign
from engine.rules.condition import Reading
from engine.rules.loader import RuleBook
from engine.settings import Settings
from engine.store import migrate
from engine.store.database import Database


class Ground:
    """Settings and what is opened by them."""

    def __init__(self, configured: Settings) -> None:
        self.settings = configured
        self.database = Database(configured.database_url)
        self.library = Library(configured.folder("templates"))

    @classmethod
    def open(cls, config: Path | None = None) -> Self:
        """The App of that config.yaml. Raises YoursToFix."""
        return cls(settings.load(config))

    def close(self) -> None:
        """Lets go of the store."""
        self.database.close()

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

    @property
    def conditions(self) -> dict[str, Any]:
        return {name: segment.condition for name, segment in self.book.segments.items()}

    def moment(self, as_of: datetime | None = None) -> Moment:
        """Now, or that past moment with the ledger as it stood then."""
        brand = self.settings.brand
        return Moment(as_of or clock.now(), self.settings.policy, brand.reckoning, cut=as_of is not None)

    @property
    def store(self) -> Database:
        """The store, when there is one of this program's schema. Raises YoursToFix."""
        return migrate.ready(self.database)

    def campaigns(self, names: Sequence[str]) -> list[Campaign]:
        """Those campaigns, or all that can be read. Raises YoursToFix for an unknown name."""
        if names:
            return [self.book.campaign(name) for name in dict.fromkeys(names)]
        return list(self.book.campaigns.values())

    def _kit(self, renderer: Renderer) -> Kit:
        return Kit(self.store, self.settings, self.book, self.library, renderer)

    def _renderer(self) -> Renderer:
        return Renderer(self.settings.folder("templates"), workers=os.cpu_count() or 1)
