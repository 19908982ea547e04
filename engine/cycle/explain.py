"""Why, or why not: a rule clause by clause, each gate, what would be sent, and the answer in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from engine import clock
from engine.cycle import gate_words, people
from engine.cycle.foresight import eligible_from
from engine.cycle.plan import scope, verdict_table
from engine.cycle.preview import Kit
from engine.cycle.trail import Inquiry, Outcome, inquiry
from engine.policy.entry import Moment
from engine.policy.gates import DECISION
from engine.policy.quiet import QUIET
from engine.rules.campaign import Campaign
from engine.rules.explain import Truth, truths
from engine.vocabulary import Gate

#: The reason where no gate is at fault.
RULE = "rule"
#: How many clauses a sentence names.
_NAMED = 2

_WHY = {
    Gate.ALREADY_ENROLLED: "this campaign has had them",
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
        rule = _rule(connection, asked, campaign)
        gates = gate_words.gates(asked, outcome)
        ahead = eligible_from(asked, campaign, outcome)
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
            {"text": one.text, "holds": one.holds, "value": one.value, "depth": depth}
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
            _line(connection, asked, one, outcomes[one.name], gates[one.name])
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
    connection: Connection,
    asked: Inquiry,
    campaign: Campaign,
    outcome: Outcome,
    gates: Sequence[dict[str, str]],
) -> dict[str, Any]:
    rule = _rule(connection, asked, campaign)
    ahead = eligible_from(asked, campaign, outcome)
    return {"campaign": campaign.name, **_answer(asked, campaign, outcome, rule, gates, ahead)}


def _rule(connection: Connection, asked: Inquiry, campaign: Campaign) -> Truth:
    within = scope(asked.segments, asked.moment, asked.settings)
    return truths(connection, campaign.audience, within, [asked.customer_id])[asked.customer_id]


def _answer(
    asked: Inquiry,
    campaign: Campaign,
    outcome: Outcome,
    rule: Truth,
    gates: Sequence[dict[str, str]],
    ahead: datetime | None,
) -> dict[str, Any]:
    first = _first_run(asked, campaign, ahead) if ahead is not None and not outcome.chosen else None
    return {
        "answer": ("defer" if outcome.until else "send") if outcome.chosen else "skip",
        "reason": _reason(outcome),
        "until": _iso(outcome.until),
        "held": outcome.plan.held,
        "eligible_from": _iso(ahead),
        "first_run": _iso(first),
        "sentence": _sentence(asked, outcome, rule, gates, ahead, first),
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


def _sentence(
    asked: Inquiry,
    outcome: Outcome,
    rule: Truth,
    gates: Sequence[dict[str, str]],
    ahead: datetime | None,
    first: datetime | None,
) -> str:
    show = asked.moment.calendar.show
    message = f"{outcome.entry.channel} {outcome.entry.template}"
    if outcome.chosen and outcome.until is not None:
        told = f"Yes, but not before {show(outcome.until)}, when their quiet hours end: {message}."
    elif outcome.chosen:
        told = f"Yes: they would be sent {message} now."
    elif not outcome.matched:
        told = f"No: the rule does not match. {_named(rule)}"
    else:
        told = f"No: {_WHY[Gate(str(outcome.reason))]}. {_capital(_detail(gates, str(outcome.reason)))}."
    if not outcome.chosen and ahead is not None:
        run = f", and the first run after that is at {show(first)}" if first is not None else ""
        told += f" If nothing new happens, it is yes from {show(ahead)} on{run}."
    held = outcome.plan.held
    return f"{told} But nothing goes out: {held}." if held and outcome.chosen else told


def _detail(gates: Sequence[dict[str, str]], gate: str) -> str:
    return next(one["detail"] for one in gates if one["gate"] == gate)


def _named(rule: Truth) -> str:
    """The clauses because of which it does not match, the first few of them."""
    clauses = rule.decisive()
    told = [f"{one.text}" + (f" ({one.value})" if one.value else "") for one in clauses[:_NAMED]]
    more = len(clauses) - len(told)
    tail = f", and {more} more" if more else ""
    return f"This is not so: {'; '.join(told)}{tail}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _iso(instant: datetime | None) -> str | None:
    return clock.iso(instant) if instant is not None else None
