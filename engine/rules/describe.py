"""A rule as a paragraph of plain English: who, when, what, how often, within which limits, what stops it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.rules.campaign import Campaign, Segment
from engine.rules.condition import Condition
from engine.rules.loader import RuleBook
from engine.rules.occasions import WEEK
from engine.rules.phrases import phrase
from engine.rules.schedule import Schedule
from engine.rules.scope import Scope
from engine.settings import Policy, Settings
from engine.text import isolated
from engine.vocabulary import Channel

_BY = {Channel.EMAIL: "email", Channel.SMS: "SMS"}


@dataclass(frozen=True)
class Description:
    """The sentences by what they are about, in the order in which they are read."""

    name: str
    kind: str
    parts: dict[str, str]

    def __str__(self) -> str:
        return " ".join(part for part in self.parts.values() if part)


def describe(book: RuleBook, name: str, settings: Settings, as_of: datetime) -> Description:
    """The campaign or segment of that name in words. Raises YoursToFix as `book.named` does."""
    rule = book.named(name)
    segments = {one.name: one.condition for one in book.segments.values()}
    brand = settings.brand
    scope = Scope(as_of, brand.reckoning, brand.currency, segments=segments, undated=True)
    if isinstance(rule, Campaign):
        return describe_campaign(rule, scope, settings.policy)
    rules: list[Segment | Campaign] = [*book.segments.values(), *book.campaigns.values()]
    return describe_segment(rule, scope, {one.name for one in rules if name in one.clause.references()})


def describe_segment(segment: Segment, scope: Scope, used_by: Iterable[str] = ()) -> Description:
    """The segment in words; `scope` is undated."""
    users = sorted(used_by)
    parts = {
        "what": f"{segment.name} is a segment: a group with a name, which gets nothing by itself.",
        "words": _in_their_words(segment.describe),
        "who": f"In it is {_asked(segment.condition, scope)}.",
        "left_out": _left_out(segment.condition, scope),
        "used_by": f"It is used by {_listed(users)}." if users else "No rule uses it yet.",
    }
    return Description(segment.name, "segment", parts)


def describe_campaign(campaign: Campaign, scope: Scope, policy: Policy) -> Description:
    """The campaign in words; `scope` is undated."""
    stage = f" of the {campaign.stage.value} stage" if campaign.stage else ""
    what = "" if campaign.kind == "marketing" else f"{campaign.kind} "
    parts = {
        "what": f"{campaign.name} is a {what}campaign{stage}.",
        "words": _in_their_words(campaign.describe),
        "who": f"{_when(campaign, scope)} it looks for {_asked(campaign.audience, scope)}.",
        "left_out": _left_out(campaign.audience, scope),
        "message": _messages(campaign),
        "how_often": _how_often(campaign),
        "limits": " ".join([*_consent(campaign, policy), *_limits(campaign, policy)]),
        "late": _late(campaign),
        "stops": "An opt-out or an address that bounces ends it for that person; "
        f"`rekindle pause {campaign.name}` ends it for all.",
    }
    return Description(campaign.name, "campaign", parts)


def _in_their_words(describe: str) -> str:
    told = describe.strip()
    return f"Its author says: {isolated(told)}{'' if told[-1] in '.!?؟…' else '.'}" if told else ""


def _asked(condition: Condition, scope: Scope) -> str:
    """`everybody whose last order was 180 to 365 days ago, and who has at least 2 orders`."""
    asked = [one for one in _clauses(condition) if one.key not in ("none", "everyone")]
    told = _listed([_singular(phrase(one, scope)) for one in asked])
    return f"everybody {told}" if told else "everybody"


def _left_out(condition: Condition, scope: Scope) -> str:
    """`It leaves out those in the segments staff and test, and those who never ordered.`"""
    refused = [part for one in _clauses(condition) if one.key == "none" for part in one.inner]
    segments = sorted(name for one in refused if one.key == "segment" for name in one.references())
    groups = (
        [f"those in the segment{'' if len(segments) == 1 else 's'} {_listed(segments)}"] if segments else []
    )
    groups += [f"those {phrase(one, scope)}" for one in refused if one.key != "segment"]
    return f"It leaves out {_listed(groups)}." if groups else ""


def _clauses(condition: Condition) -> Iterable[Condition]:
    if condition.key != "all":
        yield condition
        return
    for part in condition.inner:
        yield from _clauses(part)


def _singular(told: str) -> str:
    """ "everybody" is one: who has, who is."""
    for many, one in (("have", "has"), ("were", "was"), ("are", "is")):
        told = re.sub(rf"\bwho {many}\b", f"who {one}", told)
    return told


def _listed(words: list[str], word: str = "and") -> str:
    if len(words) < 2:
        return "".join(words)
    comma = "," if len(words) > 2 or " " in words[0].removeprefix("those in the ") else ""
    return f"{', '.join(words[:-1])}{comma} {word} {words[-1]}"


def _when(campaign: Campaign, scope: Scope) -> str:
    """`Daily at 10:00 (Europe/London time), from 2026-12-01 on,`."""
    told = _schedule(campaign.schedule, scope)
    spans = [f"from {scope.show(campaign.starts)} on"] if campaign.starts is not None else []
    spans += [f"until {scope.show(campaign.ends)}"] if campaign.ends is not None else []
    told += f", {' '.join(spans)}," if spans else ""
    return told[0].upper() + told[1:]


def _schedule(schedule: Schedule, scope: Scope) -> str:
    told = re.sub(r"\b(" + "|".join(WEEK) + r")\b", lambda day: day[0].title(), schedule.english)
    told = told.replace("by the recipient's clock", "by each customer's own clock")
    at_a_time = re.search(r"\d:\d\d|crontab| at \d", told)
    return f"{told} ({scope.calendar.timezone} time)" if at_a_time and not schedule.timezone else told


def _messages(campaign: Campaign) -> str:
    named = [f"the {_BY[step.channel]} {step.template}" for step in campaign.steps]
    return f"Each of them gets {_listed(named, 'then')}."


def _how_often(campaign: Campaign) -> str:
    if campaign.reenter == "never":
        return "Nobody gets it twice."
    if campaign.reenter == "always":
        return "Whoever still fits gets it again every time."
    return f"Whoever fits again may get it again, {campaign.reenter} after the last time at the earliest."


def _consent(campaign: Campaign, policy: Policy) -> list[str]:
    by = _listed([_BY[channel] for channel in dict.fromkeys(step.channel for step in campaign.steps)])
    if campaign.kind == "transactional":
        free = "It needs no consent, and neither the frequency cap nor a holdout applies; "
        return [free + "an address that bounced or complained is left alone all the same."]
    about = f" about {isolated(campaign.topic)}" if campaign.topic else ""
    if policy.consent == "explicit":
        asked = f"It writes only to those who have said yes to {by}{about}"
    else:
        asked = f"It writes to all who have not said no to {by}{about}"
    quiet = policy.quiet_hours
    hours = f", never between {quiet.start} and {quiet.end} on their own clock" if quiet else ""
    caps = [f"{cap.max} {'message' if cap.max == 1 else 'messages'} in {cap.per}" for cap in policy.caps]
    told = [asked + hours + "."]
    if caps:
        rank = f"where campaigns compete, this one has priority {campaign.priority}"
        told.append(f"Nobody gets more than {_listed(caps)} from all campaigns together; {rank}.")
    return told


def _limits(campaign: Campaign, policy: Policy) -> list[str]:
    told = []
    holdout = campaign.holdout if campaign.holdout is not None else policy.holdout
    if holdout and campaign.kind == "marketing":
        told.append(f"{_percent(holdout)} of those who qualify are left alone, to see what it is worth.")
    limits = []
    if campaign.limits.max_audience is not None:
        limits.append(f"{campaign.limits.max_audience:,} people")
    chosen = "max_share" in campaign.limits.model_fields_set
    share = campaign.limits.max_share if chosen else policy.max_share
    if share is not None:
        limits.append(f"{_percent(share)} of all who can be written to")
    if limits:
        told.append(f"A run that would reach more than {' or '.join(limits)} waits for approval.")
    return told


def _percent(share: Decimal) -> str:
    return f"{share.normalize():f}%"


def _late(campaign: Campaign) -> str:
    told = []
    if campaign.send_by is not None:
        told.append(f"A message that is not out within {campaign.send_by} is not sent any more.")
    if campaign.catch_up == "skip":
        told.append("A run that was missed is left out.")
    elif campaign.max_lateness is not None:
        told.append(f"A run that was missed is made up for within {campaign.max_lateness}.")
    if campaign.delivery == "at_least_once":
        told.append("Where nobody knows whether a message arrived, it is sent again, and perhaps twice.")
    return " ".join(told)
