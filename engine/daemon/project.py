"""The project as the daemon runs it: the newest files that are sound, of the others the last good ones."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from engine import settings as configuration
from engine.app import App
from engine.compose import lint
from engine.compose.library import Library, Texts
from engine.cycle.versions import versions
from engine.daemon import files
from engine.daemon.edits import Files, sound
from engine.daemon.watch import Watch
from engine.errors import Problem, Problems, YoursToFix
from engine.rules import loader
from engine.rules.campaign import Campaign
from engine.rules.loader import RuleBook
from engine.settings import Settings

log = logging.getLogger("rekindle.daemon")
_STAYS = "the last good version stays at work"
_WAITS = "left out until it is mended"


class Project:
    """`app` works with what was last taken over; `broken` says what could not be, and `versions`
    which version of each campaign is at work.
    """

    def __init__(self, app: App, config: Path | None = None) -> None:
        root = app.settings.root
        self._config = config
        self._watch = Watch(config or root / "config.yaml", root / files.RULES, root / files.TEMPLATES)
        self._database = app.database
        self._good: dict[str, bytes] = {}
        self.app = app
        self.broken: tuple[str, ...] = ()
        self.versions: dict[str, str] = {}
        self.take_over()

    @property
    def campaigns(self) -> Sequence[Campaign]:
        return list(self.app.book.campaigns.values())

    @property
    def by_priority(self) -> list[str]:
        """The campaigns' names, the most important first."""
        return [one.name for one in sorted(self.campaigns, key=lambda one: (-one.priority, one.name))]

    @property
    def restless(self) -> bool:
        return self._watch.restless

    def edited(self) -> bool:
        """Whether there is an edit to take over."""
        return self._watch.changed()

    def only(self, name: str) -> App:
        """The same App with that campaign alone."""
        book = self.app.book
        return self._app(self.app.settings, replace(book, campaigns={name: book.campaigns[name]}))

    def take_over(self) -> None:
        """Takes over what is sound of the files as they are now, and says what is not."""
        configured, faults = self._settings()
        edited = files.read(configured.root)
        self._good = sound(self._good, edited, lambda some: self._blamed(configured, some, edited))
        self.app = self._app(configured, _book(configured, self._good))
        if self._good != edited:
            faults += self._explained(configured, edited)
        self._tell(faults, versions(self.campaigns, self.app.library))

    def _blamed(self, configured: Settings, some: Files, edited: Files) -> set[str]:
        """The files at fault when the project consists of these.

        A new campaign one of whose languages is broken waits: those who read it would get another's letter.
        """
        book, library = _book(configured, some), Texts(files.texts(some))
        written = Texts(files.texts(dict.fromkeys(edited, b"")))
        waiting = {
            campaign.file
            for campaign in book.campaigns.values()
            for step in campaign.steps
            for path in written.versions(step.template, step.channel)
            if campaign.file not in self._good and f"{files.TEMPLATES}/{path}" not in some
        }
        return {*_faults(configured, book, library, some).values(), *files.unusable(some), *waiting}

    def _settings(self) -> tuple[Settings, list[str]]:
        """The settings as configured now, or the last good ones."""
        old = self.app.settings
        try:
            new = configuration.load(self._config)
        except Problems as error:
            return old, [f"{problem}: the last good settings stay at work" for problem in error.problems]
        except YoursToFix as error:
            return old, [f"{error}: the last good settings stay at work"]
        if new.database != old.database:
            told = "database.url was changed: restart the daemon to work on another store"
            return new.model_copy(update={"database": old.database}), [told]
        return new, []

    def _app(self, configured: Settings, book: RuleBook) -> App:
        app = App(configured)
        app.database = self._database
        app.library = Texts(files.texts(self._good))
        app.book = book
        return app

    def _explained(self, configured: Settings, edited: Files) -> list[str]:
        """Each error in the files as they are now, with what follows from it.

        A template's are found by the campaigns that use it, be it in their last good versions.
        """
        now = App(configured)
        found: dict[Problem, str] = {}
        for book in (now.book, self.app.book):
            found |= _faults(configured, book, now.library, edited)
        return [f"{one}: {_STAYS if file in self._good else _WAITS}" for one, file in found.items()]

    def _tell(self, broken: Sequence[str], now: dict[str, str]) -> None:
        """Logs what is new: broken, mended, taken over."""
        for one in broken:
            if one not in self.broken:
                log.error("not taken over: %s", one)
        for file in sorted(_places(self.broken) - _places(broken)):
            log.warning("mended: %s", file)
        if self.broken and not broken:
            log.warning("everything is sound again")
        changes = {
            "new": sorted(now.keys() - self.versions.keys()),
            "changed": sorted(name for name in now if self.versions.get(name, now[name]) != now[name]),
            "removed": sorted(self.versions.keys() - now.keys()),
        }
        if self.versions and any(changes.values()):
            log.info("took over an edit", extra={key: names for key, names in changes.items() if names})
        self.broken, self.versions = tuple(broken), now


def _places(broken: Sequence[str]) -> set[str]:
    return {one.partition(":")[0] for one in broken}


def _book(configured: Settings, some: Files) -> RuleBook:
    """The rules among these files."""
    reading = App(configured).reading
    with TemporaryDirectory(prefix="rekindle-") as folder:
        return loader.load(files.write_rules(some, Path(folder)), reading)


def _faults(configured: Settings, book: RuleBook, library: Library, some: Files) -> dict[Problem, str]:
    """The errors in rules and in the templates that they use, each with the file that is to blame."""
    found = {one: one.place.file for one in book.problems}
    for campaign in book.campaigns.values():
        for step in campaign.steps:
            for one in lint.problems(library, step.template, step.channel, campaign.kind, configured):
                found[one] = one.place.file if one.place.file in some else campaign.file
    return {one: file for one, file in found.items() if one.level == "error"}
