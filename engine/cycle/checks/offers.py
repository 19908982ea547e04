"""Offers: promised and shown, shown and promised, over already, out of codes before they begin, unused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from engine.compose.library import Library
from engine.errors import Problem, YoursToFix
from engine.offers import pool
from engine.rules.campaign import Campaign
from engine.rules.loader import RuleBook
from engine.settings import Settings

_SHOWN = re.compile(r"\boffer\s*\.\s*(\w+)")
_ASKED = re.compile(r"\bif\s+(not\s+)?offer\b|\boffer\s+is\s+(not\s+)?defined|\boffer\s*\|\s*d(efault)?\b")


def offers(settings: Settings, book: RuleBook, library: Library, now: datetime) -> Iterator[Problem]:
    """What is wrong between offers, the campaigns that promise them and the letters that show them."""
    promised: set[str] = set()
    for campaign in book.campaigns.values():
        for number, step in enumerate(campaign.steps):
            promised |= {step.offer} - {""}
            if library.exists(step.template, step.channel):
                yield from _letter(campaign, number, library)
    for name, offer in book.offers.items():
        place = offer.place("offer")
        ends = offer.expires.at if offer.expires else None
        if ends is not None and ends <= now:
            day = settings.brand.reckoning.show(ends)
            yield Problem(offer.place("expires", "at"), f"offer {name!r} ended on {day}", "", "warning")
        if offer.code.pool:
            yield from _pool(settings, book, name)
        if name not in promised and not book.problems:
            hint = f"a step promises it with `offer: {name}`"
            yield Problem(place, f"no campaign promises the offer {name!r}", hint, "hint")


def _letter(campaign: Campaign, number: int, library: Library) -> Iterator[Problem]:
    step = campaign.steps[number]
    texts = list(library.texts(step.template, step.channel).values())
    fields = {field for text in texts for field in _SHOWN.findall(text)}
    if step.offer and "code" not in fields:
        told = f"the letter never shows the code of {step.offer!r}"
        hint = "write {{ offer.code }} into it"
        yield Problem(campaign.place("steps", number, "offer"), told, hint, "warning")
    if fields and not step.offer and not any(_ASKED.search(text) for text in texts):
        told = "the letter speaks of an `offer`, and this step promises none: nobody would get it"
        hint = "add `offer: NAME` to the step, or ask {% if offer %} in the letter"
        yield Problem(campaign.place("steps", number, step.channel.value), told, hint)


def _pool(settings: Settings, book: RuleBook, name: str) -> Iterator[Problem]:
    offer = book.offers[name]
    place = offer.place("code", "pool")
    try:
        if not any(pool.batches(settings.root / str(offer.code.pool))):
            yield Problem(place, f"there is no code in {offer.code.pool}", "put one on each line", "warning")
    except YoursToFix as error:
        yield Problem(place, str(error), "the file is named from the project's own folder", "warning")
