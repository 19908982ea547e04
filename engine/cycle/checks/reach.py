"""Campaigns whose audience has people in it, and whose message none of them may be sent."""

from __future__ import annotations

from collections.abc import Iterator

from engine.cycle.checks.always import Always
from engine.errors import Problem
from engine.rules.campaign import Campaign
from engine.rules.condition import CONDITIONS
from engine.rules.contradiction import Clause, Conflict
from engine.rules.loader import RuleBook
from engine.rules.scope import Scope
from engine.settings import Settings
from engine.vocabulary import Channel


def reach(settings: Settings, book: RuleBook, scope: Scope) -> Iterator[Problem]:
    """What the audience and the gates of address and consent have between them."""
    for campaign in book.campaigns.values():
        always = Always(campaign.clause, scope)
        root = Clause(campaign.clause, scope, ("audience", *campaign.clause._steps))
        if always.conflict([root]) is not None:
            continue  # nobody is in it at all, which is told elsewhere
        for gate, why in _gates(campaign, settings, scope):
            found = always.conflict([root, gate])
            if found is not None:
                yield _told(campaign, found, gate, why)


def _gates(campaign: Campaign, settings: Settings, scope: Scope) -> Iterator[tuple[Clause, str]]:
    """What must hold of whoever is written to, and what is told when it cannot."""
    channel = campaign.steps[0].channel
    if channel is Channel.EMAIL:
        known = CONDITIONS["email_domain"].model_validate({"exists": True})
        yield Clause(known, scope), "nobody in it has an email address"
    if campaign.kind == "marketing":
        explicit = settings.policy.consent == "explicit"
        asked = {"channel": channel.value, "is": "subscribed" if explicit else "unsubscribed"}
        asked |= {"topic": campaign.topic} if campaign.topic else {}
        consent = CONDITIONS["consent"].model_validate(asked)
        why = "nobody in it has subscribed" if explicit else "everybody in it has unsubscribed"
        yield Clause(consent, scope, holds=explicit), f"{why}, and this is marketing by {channel.value}"


def _told(campaign: Campaign, found: Conflict, gate: Clause, why: str) -> Problem:
    both = (found.clause, found.other)
    named = next((one for one in both if one is not None and not gate.same(one)), None)
    place = campaign.place(*named.path) if named is not None else campaign.place("audience")
    hint = "marketing goes only to whoever may get it; `kind: transactional` is not asked for consent"
    told = f"as it stands, nobody is written to: {why}"
    return Problem(place, told, hint if gate.condition.key == "consent" else "", "warning")
