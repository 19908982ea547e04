"""Small projects to be checked: a config, rules by name, and the shipped templates."""

from datetime import UTC, datetime
from pathlib import Path

from engine.compose.library import Library
from engine.cycle.check import check
from engine.errors import Problem
from engine.rules.forms import Reading
from engine.rules.loader import load as load_rules
from engine.settings import load as load_settings
from tests.conftest import ROOT

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONFIG = """
brand:
  name: Shop
  postal_address: Shop, 5 Mill Lane, York
  public_url: https://shop.co.uk
  timezone: Europe/London
  currency: GBP
channels:
  email: {provider: file, from: Shop <hello@shop.co.uk>}
"""


def campaign(
    name: str, audience: str = "{everyone: true}", schedule: str = "daily at 10:00", more: str = ""
) -> str:
    """A campaign's file: its audience begins on line 4, after 10 characters."""
    return (
        f"campaign: {name}\ndescribe: x\nschedule: {schedule}\naudience: {audience}\n"
        f"steps:\n  - email: onboarding/welcome\n{more}"
    )


def segment(name: str, audience: str) -> str:
    return f"segment: {name}\ndescribe: x\naudience: {audience}\n"


def checked(folder: Path, rules: dict[str, str], config: str = CONFIG, now: datetime = NOW) -> list[Problem]:
    """What `check` finds in a project of these rules."""
    (folder / "config.yaml").write_text(config, "utf-8")
    (folder / "rules").mkdir(exist_ok=True)
    for name, text in rules.items():
        (folder / "rules" / f"{name}.yaml").write_text(text, "utf-8")
    settings = load_settings(folder / "config.yaml", {})
    book = load_rules(folder / "rules", Reading(settings.brand.reckoning, settings.brand.currency))
    return check(settings, book, Library(ROOT / "templates"), now)


def told(folder: Path, rules: dict[str, str], config: str = CONFIG, now: datetime = NOW) -> list[str]:
    """The same, each in a line."""
    return [str(problem) for problem in checked(folder, rules, config, now)]
