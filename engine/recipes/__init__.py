"""Recipes: campaigns to start from, each a rule with its messages.

A folder here is a recipe: `campaign.yaml`, and `letter.email.j2` with its other channels and languages.
Where the starter project ships the same campaign, the recipe is that one (`SHIPPED`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from engine import document
from engine.errors import YoursToFix
from engine.text import did_you_mean
from engine.vocabulary import Stage

#: Recipes that are campaigns of the starter project, by the names of those.
SHIPPED = {
    "account-expiring": "account-expiring",
    "cancelled-subscription": "subscription-cancelled",
    "onboarding": "welcome",
    "review-request": "review-request",
    "win-back": "win-back",
}
LETTER = "letter"
_NAME = re.compile(r"[a-z0-9-]{1,100}\Z")
_CAMPAIGN = re.compile(r"^campaign: .*$", re.MULTILINE)
_STEP = re.compile(r"^(?P<head> *- (?:email|sms): )(?P<template>[\w/-]+)", re.MULTILINE)
_STAGES = list(Stage)


@dataclass(frozen=True)
class Recipe:
    """A campaign to start from. `letters` are its messages' texts by file name, `letter.fa.email.j2`."""

    name: str
    text: str
    letters: Mapping[str, str]
    shipped: str = ""

    @property
    def rule(self) -> dict[str, Any]:
        """The rule as plain values."""
        found: dict[str, Any] = document.parse(self.text, f"{self.name}.yaml").value
        return found

    @property
    def describe(self) -> str:
        return str(self.rule["describe"])

    @property
    def stage(self) -> str:
        return str(self.rule["stage"])

    @property
    def channels(self) -> list[str]:
        """What it can be sent by, the one that the rule names first."""
        found = {file.split(".")[-2] for file in self.letters}
        return sorted(found, key=lambda channel: (channel not in self.rule["steps"][0], channel))

    @property
    def languages(self) -> list[str]:
        """The languages that it speaks."""
        return ["en", *sorted({parts[1] for file in self.letters if len(parts := file.split(".")) == 4})]

    def segments(self) -> list[str]:
        """The segments that the rule names."""
        return sorted(set(re.findall(r"\bsegment: ([a-z0-9-]+)", self.text)))

    def files(self, name: str) -> dict[str, str]:
        """What a project gets, by path, when the campaign is to be called NAME."""
        rule = _CAMPAIGN.sub(f"campaign: {name}", self.text, count=1)
        rule = _STEP.sub(rf"\g<head>{name}/{LETTER}", rule)
        letters = {f"templates/{name}/{file}": text for file, text in self.letters.items()}
        return {f"rules/{name}.yaml": rule, **letters}


def recipes(starter: Path) -> dict[str, Recipe]:
    """Every recipe by name, in the order of a customer's life. `starter` is the starter project's folder."""
    own = [_own(file.parent) for file in Path(__file__).parent.glob("*/campaign.yaml")]
    found = [*own, *(_shipped(name, rule, starter) for name, rule in SHIPPED.items())]
    return {
        one.name: one for one in sorted(found, key=lambda one: (_STAGES.index(one.rule["stage"]), one.name))
    }


def _own(folder: Path) -> Recipe:
    letters = {file.name: file.read_text("utf-8") for file in sorted(folder.glob(f"{LETTER}.*.j2"))}
    return Recipe(folder.name, (folder / "campaign.yaml").read_text("utf-8"), letters)


def _shipped(name: str, rule: str, starter: Path) -> Recipe:
    text = (starter / "rules" / f"{rule}.yaml").read_text("utf-8")
    step = _STEP.search(text)
    template = starter / "templates" / (step["template"] if step else rule)
    files = sorted(template.parent.glob(f"{template.name}.*.j2"))
    letters = {LETTER + file.name.removeprefix(template.name): file.read_text("utf-8") for file in files}
    return Recipe(name, text, letters, shipped=rule)


def find(known: Mapping[str, Recipe], name: str) -> Recipe:
    """The recipe of that name. Raises YoursToFix with the nearest."""
    if name not in known:
        raise YoursToFix(f"there is no recipe {name!r} ({did_you_mean(name, known)})")
    return known[name]


@dataclass(frozen=True)
class Project:
    """The folder that a campaign is written into, and the names that its rules have given away already."""

    root: Path
    campaigns: Collection[str] = ()
    segments: Collection[str] = ()

    def has(self, recipe: Recipe, name: str) -> str:
        """What is there already of a campaign of that name; empty for nothing."""
        if name in self.campaigns:
            return f"a campaign {name!r}"
        return next((path for path in recipe.files(name) if (self.root / path).exists()), "")


def write(recipe: Recipe, name: str, starter: Path, project: Project) -> list[str]:
    """Writes the campaign into the project, with what it leans on where that is missing; gives the paths.

    Nothing is ever overwritten. Raises YoursToFix when something of that name is there already.
    """
    if not _NAME.match(name):
        raise YoursToFix(f"a name is made of a to z, 0 to 9 and -, and cannot be {name!r}")
    there = project.has(recipe, name)
    if there:
        free = next(one for n in count(2) if not project.has(recipe, one := f"{name}-{n}"))
        raise YoursToFix(
            f"there is {there} already, and nothing is overwritten; "
            f"choose another name: rekindle rules new {recipe.name} --name {free}"
        )
    files = recipe.files(name) | _missing(recipe, starter, project)
    for path, text in files.items():
        target = project.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8", newline="\n") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:  # a full disk: half a rule would be in the way of the next attempt
                target.unlink()
                raise
    return list(files)


def _missing(recipe: Recipe, starter: Path, project: Project) -> dict[str, str]:
    """The segments that the rule names and the layouts that letters stand in, if the project has them not."""
    paths = [f"rules/{name}.yaml" for name in recipe.segments() if name not in project.segments]
    layouts = sorted((starter / "templates" / "layouts").glob("*.j2"))
    paths += [file.relative_to(starter).as_posix() for file in layouts]
    wanted = (path for path in paths if not (project.root / path).exists() and (starter / path).exists())
    return {path: (starter / path).read_text("utf-8") for path in wanted}
