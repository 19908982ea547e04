"""The names behind a plan's numbers, read from its temporary tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from engine.compose.library import Library
from engine.cycle import whom
from engine.cycle.plan import Plan
from engine.policy.gates import DECISION, customer
from engine.vocabulary import Channel, Gate

#: Optional fields whose absence changes how a letter reads.
_FIELDS = ("first_name", "last_name", "city", "country", "birthday")
#: From how many per cent on it is worth saying that a field is missing.
_WORTH_SAYING = 5

#: The address as it was imported, which shows what is wrong with it.
_GIVEN = {Channel.EMAIL: customer.c.email, Channel.SMS: customer.c.phone}

chosen = DECISION.c.reason.is_(None)


def behind(connection: Connection, plan: Plan, gate: str, limit: int | None) -> list[dict[str, Any]]:
    """Who stands behind one number of the funnel: a gate's name, or `will_send`."""
    rows = _people(plan, _at(gate)).order_by(DECISION.c.customer_id)
    found = connection.execute(rows if limit is None else rows.limit(limit))
    return [
        {"customer_id": row.customer_id, "name": name(row), "to": row.address or row.given} for row in found
    ]


def standing(connection: Connection, plan: Plan, customer_id: str) -> str:
    """What keeps a customer from being written to now; empty when nothing does. Raises YoursToFix."""
    whom.asked(connection, customer_id)
    row = connection.execute(_people(plan, DECISION.c.customer_id == customer_id)).first()
    if row is None:
        return "the rule does not match"
    gate = row.reason or (Gate.QUIET_HOURS.value if row.until else "")
    return gate.replace("_", " ")


def name(row: Any) -> str:
    """First and last name, as far as they are known."""
    return " ".join(part for part in (row.first_name, row.last_name) if part)


def _at(gate: str) -> ColumnElement[bool]:
    if gate == "will_send":
        return and_(chosen, DECISION.c.until.is_(None))
    if gate == Gate.QUIET_HOURS:
        return and_(chosen, DECISION.c.until.isnot(None))
    return DECISION.c.reason == gate


def _of(plan: Plan) -> ColumnElement[bool]:
    """The campaign's rows; where some of its zones are held, those that are held like this plan, or not."""
    idle = DECISION.c.idle.is_(None) if plan.held is None else DECISION.c.idle.is_not(None)
    return and_(DECISION.c.campaign == plan.entry.campaign, idle)


def _people(plan: Plan, where: ColumnElement[bool]) -> Select[Any]:
    columns = (
        DECISION.c.customer_id,
        DECISION.c.address,
        _GIVEN[plan.entry.channel].label("given"),
        DECISION.c.reason,
        DECISION.c.until,
        customer.c.first_name,
        customer.c.last_name,
        customer.c.language,
    )
    joined = select(*columns).join(customer, customer.c.customer_id == DECISION.c.customer_id)
    return joined.where(_of(plan), where)


def one_of(connection: Connection, plan: Plan, where: ColumnElement[bool], *order: Any) -> str | None:
    """The first customer of those who are written to that passes; None when nobody does."""
    found: str | None = connection.execute(
        _people(plan, and_(chosen, where)).order_by(*order, DECISION.c.customer_id).limit(1)
    ).scalar()
    return found


def some(connection: Connection, plan: Plan, limit: int) -> list[str]:
    """Some of those who are written to, spread by their stable hash."""
    rows = _people(plan, chosen).order_by(DECISION.c.bucket, DECISION.c.customer_id).limit(limit)
    return list(connection.execute(rows).scalars())


def lacking(connection: Connection, library: Library, plan: Plan) -> list[str]:
    """What part of the audience lacks a field that the letter uses, in a sentence each."""
    entry = plan.entry
    text = "".join(library.texts(entry.template, entry.channel).values())
    used = [field for field in _FIELDS if f"customer.{field}" in text]
    if not used:
        return []
    blanks = [
        func.count().filter(or_(customer.c[field].is_(None), customer.c[field] == "")) for field in used
    ]
    counted = select(func.count(), *blanks).join(customer, customer.c.customer_id == DECISION.c.customer_id)
    total, *missing = connection.execute(counted.where(_of(plan), chosen)).one()
    return [
        f"{100 * number // total}% of this audience has no {field}"
        for field, number in zip(used, missing, strict=True)
        if number * 100 >= total * _WORTH_SAYING and total
    ]
