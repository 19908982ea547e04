"""The templates that campaigns send: that they are there, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.compose import lint
from engine.compose.library import Library
from engine.compose.longest import Audience
from engine.errors import Problem
from engine.rules.campaign import Campaign
from engine.rules.loader import RuleBook
from engine.settings import Settings
from engine.text import did_you_mean
from engine.vocabulary import Channel


def letters(
    settings: Settings, book: RuleBook, library: Library, people: Mapping[str, Audience]
) -> Iterator[Problem]:
    """The problems of every template that a campaign sends; `people` are those whom it is for, if known."""
    read: dict[tuple[object, ...], list[Problem]] = {}
    for campaign in book.campaigns.values():
        for number, step in enumerate(campaign.steps):
            if not library.exists(step.template, step.channel):
                yield _no_template(campaign, number, library)
                continue
            audience = people.get(campaign.name)
            asked = (step.template, step.channel, campaign.kind, id(audience))
            if asked not in read:
                read[asked] = lint.problems(library, *asked[:3], settings, audience)
            yield from read[asked]


def _no_template(campaign: Campaign, number: int, library: Library) -> Problem:
    step = campaign.steps[number]
    hint = did_you_mean(step.template, library.names(step.channel))
    other = next((c for c in Channel if c != step.channel and library.exists(step.template, c)), None)
    if other is not None:
        hint = f"there is one for {other.value}: templates/{step.template}.{other.value}.j2"
    file = f"templates/{step.template}.{step.channel.value}.j2"
    told = f"there is no template {step.template!r}: {file} is missing"
    return Problem(campaign.place("steps", number, step.channel.value), told, hint)
