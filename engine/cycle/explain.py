"""Why, or why not: a rule clause by clause, each gate, what would be sent, and the answer in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine import clock
from engine.cycle import gate_words, people
from engine.cycle.foresight import eligible_from
from engine.cycle.plan import verdict_table
from engine.cycle.preview import Kit
from engine.cycle.trail import Inquiry, Outcome, inquiry
from engine.policy.entry import Moment
from engine.policy.gates import DECISION
from engine.policy.quiet import QUIET
from engine.rules.campaign import Campaign
from engine.rules.explain import Truth, truth
from engine.vocabulary import Gate

#: The reason where no gate is at fault.
RULE = "rule"
#: How many clauses a sentence names.
_NAMED = 2

_WHY = {
    Gate.ALREADY_ENROLLED: "they have been in this campaign",
    Gate.NO_ADDRESS: "there is no address to write to",
    Gate.NO_CONSENT: "they have not agreed to be written to",
    Gate.SUPPRESSED: "their address must not be used",
    Gate.DUPLICATE_ADDRESS: "somebody else with their address gets it",
    Gate.FREQUENCY_CAP: "they have had as many messages as the cap allows",
    Gate.HOLDOUT: "they are left alone, to compare with those who are written to",
}


def explain(kit: Kit, campaign: Campaign, customer_id: str, moment: Moment) -> dict[str, Any]:
    """One campaign and one customer: `commands.md`'s JSON and more. Raises YoursToFix.

    It is the plan that a run would make, for this customer and whoever shares an address.
    """
    verdicts = verdict_table(1)
    with kit.database.read(verdicts, DECISION, QUIET) as connection:
        asked = inquiry(connection, kit.settings, kit.library, kit.segments, moment, verdicts, customer_id)
        outcome = asked.outcomes([campaign], moment)[campaign.name]
        row = asked.truths(campaign)
        gates = gate_words.gates(asked, outcome)
        ahead = eligible_from(asked, campaign, outcome, row)
    rule = truth(campaign.audience, asked.scope, row)
    return {
        "campaign": campaign.name,
        "describe": campaign.describe,
        "customer_id": asked.customer_id,
        "name": people.name(asked.customer),
        "as_of": clock.iso(moment.as_of),
        "timezone": moment.calendar.timezone,
        **_answer(asked, campaign, outcome, rule, gates, ahead),
        "matches": outcome.matched,
        "clauses": [
            {
                "text": one.text,
                "holds": one.holds,
                "value": one.value,
                "depth": depth,
                "joined": one.joined,
            }
            for depth, one in rule.walk()
        ],
        "gates": gates,
        "steps": _steps(outcome, moment),
    }


def explain_all(kit: Kit, campaigns: Sequence[Campaign], customer_id: str, moment: Moment) -> dict[str, Any]:
    """Every campaign in a line, as if all ran now, in the order in which they are served."""
    verdicts = verdict_table(len(campaigns))
    with kit.database.read(verdicts, DECISION, QUIET) as connection:
        asked = inquiry(connection, kit.settings, kit.library, kit.segments, moment, verdicts, customer_id)
        outcomes = asked.outcomes(campaigns, moment)
        gates = {name: gate_words.gates(asked, one) for name, one in outcomes.items()}
        told = [
            _line(asked, one, outcomes[one.name], gates[one.name])
            for one in sorted(campaigns, key=lambda one: (-one.priority, one.name))
        ]
    return {
        "customer_id": asked.customer_id,
        "name": people.name(asked.customer),
        "as_of": clock.iso(moment.as_of),
        "timezone": moment.calendar.timezone,
        "campaigns": told,
    }


def _line(
    asked: Inquiry,
    campaign: Campaign,
    outcome: Outcome,
    gates: Sequence[dict[str, str]],
) -> dict[str, Any]:
    """One line; the rule is told with lengths in the place of dates."""
    row = asked.truths(campaign)
    rule = truth(campaign.audience, replace(asked.scope, undated=True), row)
    ahead = eligible_from(asked, campaign, outcome, row)
    return {"campaign": campaign.name, **_answer(asked, campaign, outcome, rule, gates, ahead)}


def _answer(
    asked: Inquiry,
    campaign: Campaign,
    outcome: Outcome,
    rule: Truth,
    gates: Sequence[dict[str, str]],
    ahead: datetime | None,
) -> dict[str, Any]:
    first = _first_run(asked, campaign, ahead) if ahead is not None and not outcome.chosen else None
    why = _why(asked, outcome, rule, gates)
    return {
        "answer": ("defer" if outcome.until else "send") if outcome.chosen else "skip",
        "reason": _reason(outcome),
        "until": _iso(outcome.until),
        "held": outcome.plan.held,
        "eligible_from": _iso(ahead),
        "first_run": _iso(first),
        "why": why,
        "sentence": _sentence(asked, outcome, why, ahead, first),
    }


def _reason(outcome: Outcome) -> str | None:
    if not outcome.matched:
        return RULE
    return outcome.reason or (Gate.QUIET_HOURS.value if outcome.until else None)


def _first_run(asked: Inquiry, campaign: Campaign, at: datetime) -> datetime | None:
    """The schedule's first occasion at or after that instant."""
    zone = asked.zone if campaign.schedule.per_recipient else asked.moment.calendar.timezone
    return campaign.schedule.next(at - timedelta(milliseconds=1), zone)


def _steps(outcome: Outcome, moment: Moment) -> list[dict[str, Any]]:
    """What would be sent and when; without a time where nothing is."""
    at = (outcome.until or moment.as_of) if outcome.chosen else None
    return [
        {"step": number, "channel": one.channel.value, "template": one.template, "at": _iso(at)}
        for number, one in enumerate(outcome.plan.campaign.steps, 1)
    ]


def _why(asked: Inquiry, outcome: Outcome, rule: Truth, gates: Sequence[dict[str, str]]) -> str:
    """The reason alone: what is sent, the clauses that are not met, or what the gate saw."""
    message = f"{outcome.entry.channel} {outcome.entry.template}"
    if outcome.chosen and outcome.until is not None:
        return f"{message}, but not before {_shown(asked, outcome.until)}, when quiet hours end"
    if outcome.chosen:
        return f"{message}, now"
    if not outcome.matched:
        return _named(rule)
    return f"{_WHY[Gate(str(outcome.reason))]}: {_detail(gates, str(outcome.reason))}"


def _sentence(
    asked: Inquiry, outcome: Outcome, why: str, ahead: datetime | None, first: datetime | None
) -> str:
    held = outcome.plan.held
    if outcome.chosen:
        told = f"Yes: {why}."
        return f"{told} But nothing goes out: {held}." if held else told
    told = f"No: {why}." if outcome.matched else f"No: the rule does not match. {why}."
    if ahead is not None:
        run = f", and the first run after that is at {_shown(asked, first)}" if first is not None else ""
        told += f" If nothing new happens, it is yes from {_shown(asked, ahead)} on{run}."
    return told


def _shown(asked: Inquiry, instant: datetime) -> str:
    """To the minute; a second that has begun counts whole, so that it is never told too early."""
    whole = instant.replace(second=0, microsecond=0)
    return asked.moment.calendar.show(whole if whole == instant else whole + timedelta(minutes=1))


def _detail(gates: Sequence[dict[str, str]], gate: str) -> str:
    return next(one["detail"] for one in gates if one["gate"] == gate)


def _named(rule: Truth) -> str:
    """The clauses because of which it does not match, the first few of them."""
    clauses = rule.decisive()
    more = len(clauses) - _NAMED
    told = [_wanted(one) for one in clauses[:_NAMED]]
    told += [f"{more} more {'clause is' if more == 1 else 'clauses are'} not met"] if more > 0 else []
    return ". ".join(told)


def _wanted(one: Truth) -> str:
    """`It asks for: at least 2 orders. Theirs: 1 order, on 2011-05-12`"""
    told = f"It leaves out: {one.opposite}" if one.opposite else f"It asks for: {one.text}"
    return f"{told}. Theirs: {one.value}" if one.value else told


def _iso(instant: datetime | None) -> str | None:
    return clock.iso(instant) if instant is not None else None
