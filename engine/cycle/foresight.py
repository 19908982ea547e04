"""From when on a campaign would write to a customer whom it passes over now, if nothing new happens.

The instants at which a rule or a gate can turn by the passing of time are few: they follow from the
customer's own dates and the lengths in the rule. Each is tried out in turn, by the plan itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select, union_all

from engine.cycle.gate_words import entered, messages
from engine.cycle.plan import scope
from engine.cycle.trail import Inquiry, Outcome
from engine.durations import Duration
from engine.policy.entry import Moment
from engine.rules import explain, turning
from engine.rules.campaign import Campaign
from engine.rules.compiler import select_ids
from engine.rules.scope import Scope
from engine.rules.sources import code, customer, delivery, enrollment, event, order, reply, subscription
from engine.store.types import Instant, from_millis
from engine.vocabulary import Gate

#: Whoever has more dates of their own, or a rule that turns more often, is not reckoned with.
_DATES, _TRIES = 300, 80
#: What keeps somebody out however long they wait.
_FOR_GOOD = (Gate.NO_ADDRESS, Gate.NO_CONSENT, Gate.SUPPRESSED, Gate.HOLDOUT)


def eligible_from(
    asked: Inquiry, campaign: Campaign, outcome: Outcome, row: Mapping[str, Any]
) -> datetime | None:
    """The first instant from now on at which the customer would enter; None when it cannot be known.

    `row` is the rule's, as `select_truths` has it.
    """
    if outcome.chosen:
        return outcome.until
    if any(outcome.refused(gate) for gate in _FOR_GOOD):
        return None
    freed = _gates_turn(asked, outcome)
    turned = _rule_turns(asked, campaign, row)
    if turned is None and not outcome.matched:
        return None
    found: list[datetime] = sorted({*freed, *(turned or ())})
    if outcome.first is not None:
        # Until the gates let go, nothing else that turns can help.
        found = [one for one in found if freed and one >= min(freed)]
    if len(found) > _TRIES:
        return None
    for at in found:
        tried = _tried(asked, campaign, at)
        if tried is None and turned is not None:
            continue
        if tried is None or tried.first is Gate.DUPLICATE_ADDRESS:
            return None  # it turns on what others do
        if tried.chosen:
            return at
    return None


def _tried(asked: Inquiry, campaign: Campaign, at: datetime) -> Outcome | None:
    """What the plan at that instant says; None where the rule does not match, which is asked first."""
    moment = _later(asked.moment, at)
    within = replace(scope(asked.segments, moment, asked.settings), only=(asked.customer_id,))
    if asked.connection.execute(select_ids(campaign.audience, within)).first() is None:
        return None
    return asked.outcomes([campaign], moment)[campaign.name]


def _later(moment: Moment, at: datetime) -> Moment:
    return replace(moment, as_of=at, known=moment.horizon)


def _gates_turn(asked: Inquiry, outcome: Outcome) -> set[datetime]:
    """When a cap lets go, and when the campaign may be entered again."""
    calendar, now = asked.moment.calendar, asked.moment.as_of
    found: set[datetime] = set()
    for cap in asked.moment.policy.caps if outcome.entry.is_marketing else ():
        found |= turning.later([one.at for one in messages(asked, cap.per)], [cap.per], now, calendar)
    again = outcome.entry.reenter
    if outcome.refused(Gate.ALREADY_ENROLLED) and again != "never":
        rows = asked.connection.execute(entered(asked, outcome).limit(_DATES)).all()
        spans = [again] if isinstance(again, Duration) else []
        found |= turning.later([row.entered_at for row in rows], spans, now, calendar)
    return found


def _rule_turns(asked: Inquiry, campaign: Campaign, row: Mapping[str, Any]) -> set[datetime] | None:
    within = asked.scope
    times = own_times(asked.connection, asked.customer, _earliest(within, campaign))
    if times is None:
        return None
    return explain.turns(campaign.audience, within, row, times)


def _earliest(within: Scope, campaign: Campaign) -> datetime:
    """Dates before it have left every window of the rule."""
    spans = [
        span.times(2)
        for clause in explain.clauses(campaign.audience, within)
        for span in turning.lengths(clause)
    ]
    return min((within.back(span) for span in spans), default=within.as_of)


def own_times(connection: Connection, who: Any, earliest: datetime) -> list[datetime] | None:
    """Every date that the store has of the customer from then on; None when there are too many."""
    tables = (customer, order, event, subscription, delivery, reply, enrollment, code)
    asked = [
        select(column.label("at")).where(one.c.customer_id == who.customer_id, column >= earliest)
        for one in tables
        for column in _instants(one)
    ]
    every = union_all(*asked).subquery()
    rows = select(every.c.at).distinct().limit(_DATES + 1)
    found = [*connection.execute(rows).scalars(), *_noted(who.attributes or {})]
    return found if len(found) <= _DATES else None


def _instants(one: Table) -> list[Any]:
    return [column for column in one.c if isinstance(column.type, Instant)]


def _noted(attributes: dict[str, Sequence[Any]]) -> Iterable[datetime]:
    """The attributes that can be read as times."""
    for readings in attributes.values():
        if readings and readings[-1] is not None:
            yield from_millis(readings[-1])
