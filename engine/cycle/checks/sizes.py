"""Audiences held against the store: of nobody, of nearly everybody, and two of the same people."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from engine.cycle.checks.matched import Matched, Rule, everybody
from engine.errors import Problem
from engine.rules.campaign import Campaign
from engine.rules.scope import Scope
from engine.settings import Settings

#: From how many per cent on an audience is nearly everybody, and two campaigns want the same people.
_NEARLY, _MOSTLY = 95, 50
#: Of so few customers nothing can be said.
_FEW = 20


def sizes(connection: Connection, matched: Matched, scope: Scope, settings: Settings) -> Iterator[Problem]:
    """What the numbers say; `matched` is filled."""
    total = everybody(connection, scope)
    if not total:
        return
    counted = matched.sizes(connection)
    for rule, number in counted:
        if not number:
            yield _nobody(rule, total)
        elif number * 100 >= total * _NEARLY and total >= _FEW and rule.clause.key != "everyone":
            yield _nearly_everybody(rule, number, total)
    if settings.policy.caps:
        many = {id(rule): number for rule, number in counted}
        yield from _rivals(connection, matched, many)


def _nobody(rule: Rule, total: int) -> Problem:
    told = f"nobody of {total:,} customers matches this {rule.kind_of_rule} today"
    if not isinstance(rule, Campaign):
        return Problem(rule.place("audience"), told, level="hint")
    hint = f"`rekindle explain {rule.name} CUSTOMER` tells why, clause by clause"
    return Problem(rule.place("audience"), told, hint, "warning")


def _nearly_everybody(rule: Rule, number: int, total: int) -> Problem:
    told = f"{number:,} of {total:,} customers match this {rule.kind_of_rule}: {100 * number // total}%"
    hint = "is that meant? A clause may be turned round; `everyone: true` says that it is"
    return Problem(rule.place("audience"), told, hint, "warning")


def _rivals(connection: Connection, matched: Matched, many: dict[int, int]) -> Iterator[Problem]:
    """Campaigns of one priority that want the same people: under the cap chance, or the name, decides."""
    by_priority: dict[int, list[Campaign]] = {}
    for rule in matched.rules:
        if isinstance(rule, Campaign) and rule.kind == "marketing" and many[id(rule)]:
            by_priority.setdefault(rule.priority, []).append(rule)
    for rules in by_priority.values():
        for one, other, both in matched.pairs(connection, sorted(rules, key=lambda rule: rule.name)):
            small, large = sorted((one, other), key=lambda rule: many[id(rule)])
            if both * 100 > many[id(small)] * _MOSTLY:
                yield _rival(small, large, both, many[id(small)])


def _rival(small: Campaign, large: Campaign, both: int, of: int) -> Problem:
    place = small.place("priority") if "priority" in small.model_fields_set else small.place("campaign")
    share = f"{both:,} of its {of:,} customers, {100 * both // of}%"
    told = f"{share}, match campaign {large.name!r} too, which has the same priority, {small.priority}"
    hint = "give one of them a higher `priority`: it wins where the frequency cap lets one message through"
    return Problem(place, told, hint, "warning")
