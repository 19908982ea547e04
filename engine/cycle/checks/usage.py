"""Rules beside each other: segments that nobody uses, campaigns that say the same."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.rules.campaign import Campaign, Segment
from engine.rules.loader import RuleBook


def usage(book: RuleBook) -> Iterator[Problem]:
    """Hints only: nothing of this is wrong."""
    yield from _unused(book)
    yield from _twins(book)


def _unused(book: RuleBook) -> Iterator[Problem]:
    """Where a file cannot be read, what it uses is not known: then nothing is said."""
    if book.faults or any(problem.level == "error" for problem in book.problems):
        return
    rules: list[Segment | Campaign] = [*book.segments.values(), *book.campaigns.values()]
    used = {name for rule in rules for name in rule.clause.references()}
    for name, segment in book.segments.items():
        if name not in used:
            hint = "name it in a rule as `segment: " + name + "`, or keep it for `rekindle audience`"
            yield Problem(segment.place("segment"), f"no rule uses the segment {name!r}", hint, "hint")


def _twins(book: RuleBook) -> Iterator[Problem]:
    """Campaigns that write to the same people by the same channel."""
    first: dict[tuple[str, str], Campaign] = {}
    for campaign in sorted(book.campaigns.values(), key=lambda one: one.file):
        channel = campaign.steps[0].channel
        there = first.setdefault((repr(campaign.audience), channel.value), campaign)
        if there is not campaign:
            told = f"campaign {there.name!r} has the same audience and writes by {channel.value} too"
            hint = f"see {there.place('audience')}; is one of them meant to be different?"
            yield Problem(campaign.place("audience"), told, hint, "hint")
