"""Every problem in config, rules and templates, in one list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

from engine import clock
from engine.channels.channel import PROVIDERS, open_line, own_settings
from engine.compose import lint
from engine.compose.library import Library
from engine.document import Path_
from engine.errors import Problem, YoursToFix
from engine.ingest import kinds as importable
from engine.rules.campaign import Campaign, Segment
from engine.rules.condition import Condition
from engine.rules.loader import RuleBook
from engine.rules.scope import Scope
from engine.settings import ChannelSettings, Settings
from engine.text import did_you_mean
from engine.vocabulary import Channel

_PLACEHOLDER = re.compile(r"\byour (street|town|city|address)\b|placeholder", re.IGNORECASE)
_NOWHERE = re.compile(r"(^|\.)(example(\.(com|net|org))?|invalid|test|localhost)$", re.IGNORECASE)


def check(settings: Settings, book: RuleBook, library: Library, now: datetime | None = None) -> list[Problem]:
    """All the problems, those of the config first, each once. `now` is the clock's unless given."""
    scope = Scope(
        as_of=now or clock.now(),
        calendar=settings.brand.reckoning,
        currency=settings.brand.currency,
        segments={name: segment.condition for name, segment in book.segments.items()},
    )
    rules = sorted([*book.problems, *_hopeless(book, scope)], key=_order)
    templates = sorted(_templates(settings, book, library), key=_order)
    configured = (*_brand(settings), *_channels(settings), *_imports(settings))
    return list(dict.fromkeys((*configured, *rules, *templates)))


def _order(problem: Problem) -> tuple[str, int, int]:
    return problem.place.file, problem.place.line, problem.place.column


def _brand(settings: Settings) -> Iterator[Problem]:
    """What `init` filled in for the law's sake, and nobody has put right yet."""
    address, url = settings.brand.postal_address, settings.brand.public_url
    if not address.strip() or _PLACEHOLDER.search(address):
        what = "is still the placeholder" if address.strip() else "is empty"
        hint = "put in your own: the law asks for it at the foot of every marketing email"
        place = settings.place("brand", "postal_address")
        yield Problem(place, f"brand.postal_address {what}", hint, "warning")
    if _NOWHERE.search(urlsplit(url).hostname or ""):
        hint = "put in the address where customers reach you: links and opt-outs lead there"
        place = settings.place("brand", "public_url")
        yield Problem(place, f"brand.public_url is still the placeholder {url}", hint, "warning")


def _channels(settings: Settings) -> Iterator[Problem]:
    for channel in Channel:
        chosen: ChannelSettings = getattr(settings.channels, channel.value)
        place = settings.place("channels", channel.value, "provider")
        if chosen.provider not in PROVIDERS:
            hint = did_you_mean(chosen.provider, PROVIDERS)
            yield Problem(place, f"there is no provider {chosen.provider!r}", hint)
            continue
        try:
            own_settings(PROVIDERS[chosen.provider].own, chosen)
            if chosen.provider != "file":
                open_line(channel, chosen, settings.secret, settings.root).close()
        except YoursToFix as error:
            yield Problem(settings.place("channels", channel.value), str(error))
        yield from _sender(settings, channel, chosen)


def _sender(settings: Settings, channel: Channel, chosen: ChannelSettings) -> Iterator[Problem]:
    place, name = settings.place("channels", channel.value, "from"), f"channels.{channel.value}"
    if chosen.provider != "file" and _NOWHERE.search(parseaddr(chosen.sender)[1].rpartition("@")[2]):
        hint = "put in the address that your customers know"
        yield Problem(place, f"{name}.from is still the placeholder {chosen.sender}", hint, "warning")
    if chosen.redirect_to:
        place = settings.place("channels", channel.value, "redirect_to")
        told = f"every message goes to {chosen.redirect_to} instead of to the customer"
        yield Problem(place, told, f"that is {name}.redirect_to, for staging", "hint")


def _imports(settings: Settings) -> Iterator[Problem]:
    known = importable()
    for kind in settings.imports:
        if kind not in known:
            place = settings.place("import", kind)
            yield Problem(place, f"{kind!r} is nothing that can be imported", did_you_mean(kind, known))


def _hopeless(book: RuleBook, scope: Scope) -> Iterator[Problem]:
    """Clauses that can be seen to match nobody; still, `audience` answers them."""
    rules: list[Segment | Campaign] = [*book.segments.values(), *book.campaigns.values()]
    for rule in rules:
        for path, part in rule.clause.walk(("audience",)):
            if part.hopeless(scope) and not any(inner.hopeless(scope) for inner in part.inner):
                yield _matches_nobody(rule, path, part)


def _matches_nobody(rule: Segment | Campaign, path: Path_, part: Condition) -> Problem:
    told = f"nobody can ever match this `{part.key}`: its bounds contradict each other"
    return Problem(rule.place(*path), told, level="warning")


def _templates(settings: Settings, book: RuleBook, library: Library) -> Iterator[Problem]:
    for campaign in book.campaigns.values():
        for number, step in enumerate(campaign.steps):
            if not library.exists(step.template, step.channel):
                yield _no_template(campaign, number, library)
                continue
            yield from lint.problems(library, step.template, step.channel, campaign.kind, settings)


def _no_template(campaign: Campaign, number: int, library: Library) -> Problem:
    step = campaign.steps[number]
    hint = did_you_mean(step.template, library.names(step.channel))
    other = next((c for c in Channel if c != step.channel and library.exists(step.template, c)), None)
    if other is not None:
        hint = f"there is one for {other.value}: templates/{step.template}.{other.value}.j2"
    file = f"templates/{step.template}.{step.channel.value}.j2"
    told = f"there is no template {step.template!r}: {file} is missing"
    return Problem(campaign.place("steps", number, step.channel.value), told, hint)
