"""A folder as a shop would have it, with the shipped templates, and the campaigns that are measured."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.shop import NOW
from engine import settings
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.app import App

CHECKOUT = Path(__file__).resolve().parent.parent

#: Points are even from 0 to 499. About one customer in eight has no address, or said no.
_CAMPAIGN = """\
campaign: {name}
stage: active
schedule: every 15 minutes
audience:
  all:
    - attribute: {{name: loyalty_points, at_most: {points}}}
    - last_purchase: {{ago: {{at_least: 0 days}}}}
reenter: never
steps:
  - email: active/thank-you
"""


@dataclass(frozen=True)
class Project:
    """A project on one store. It goes to other processes as it is, and is opened there."""

    root: Path
    url: str
    port: int = 1
    now: datetime = NOW

    def later(self, minutes: int) -> Project:
        """The same, a while later."""
        return replace(self, now=self.now + timedelta(minutes=minutes))

    def open(self) -> App:
        """The App on this store, at the shop's present."""
        from engine.app import App

        return App(self.settings())

    def settings(self) -> Settings:
        """The settings, at the shop's present; the clock of this process stands there from now on."""
        os.environ.update(self._environment())
        self._forget()
        return settings.load(self.root / "config.yaml")

    def _forget(self) -> None:
        """The ledger is emptied between the turns, which rekindle would take for a store from a backup."""
        beside = {self.root, Path(self.url.removeprefix("sqlite:///")).parent}
        for folder in beside if self.url.startswith("sqlite") else {self.root}:
            for seen in folder.glob(".rekindle/**/generation.json"):
                seen.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        return {
            "REKINDLE_NOW": self.now.isoformat(),
            "REKINDLE_DATABASE__URL": self.url,
            "REKINDLE_CHANNELS__EMAIL__PROVIDER": "smtp",
            "REKINDLE_CHANNELS__EMAIL__HOST": "127.0.0.1",
            "REKINDLE_CHANNELS__EMAIL__PORT": str(self.port),
            "REKINDLE_CHANNELS__EMAIL__SECURITY": "none",
            "REKINDLE_POLICY__QUIET_HOURS": "none",
            "REKINDLE_POLICY__MAX_SHARE": "none",
            "REKINDLE_LOG_LEVEL": "ERROR",
        }


def make(root: Path) -> Path:
    """Writes the folder: the shipped rules and templates; its campaigns come with `campaign`."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(CHECKOUT / "config.yaml", root / "config.yaml")
    for part in ("rules", "templates"):
        shutil.copytree(CHECKOUT / part, root / part, dirs_exist_ok=True)
    return root


def campaign(root: Path, share: float) -> str:
    """Adds a campaign to about that share of all customers, and names it."""
    points = min(499, max(0, round(share * 500) - 1))
    name = f"bench-{points}"
    (root / "rules" / f"{name}.yaml").write_text(_CAMPAIGN.format(name=name, points=points))
    return name
