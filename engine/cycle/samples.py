"""Samples of what people would read, the hard cases first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from engine.compose.letter import Addressed
from engine.compose.reasons import in_words
from engine.cycle import people, promises
from engine.cycle.letters import Pen
from engine.cycle.plan import Plan
from engine.policy.entry import Moment
from engine.policy.gates import address_column, customer
from engine.settings import Settings
from engine.vocabulary import Channel, Letter, Rendered

#: How many messages of an SMS campaign are rendered to reckon its parts.
MEASURED = 300


@dataclass(frozen=True)
class Sample:
    """One customer's letter, still to be rendered, and why this customer was picked."""

    customer_id: str
    to: Addressed
    letter: Letter | str
    why: str


def pick(
    connection: Connection, pen: Pen, plan: Plan, moment: Moment, limit: int, wanted: str | None
) -> list[Sample]:
    """Up to `limit` customers of the plan: the longest name, no name, Persian, and typical ones."""
    if wanted is not None:
        return _samples(connection, pen, plan, moment, {wanted: "as asked"})
    why: dict[str, str] = {}
    for reason, where, order in _hard_cases(pen.settings):
        found = people.one_of(connection, plan, where, order)
        if found is not None:
            why.setdefault(found, reason)
    for found in people.some(connection, plan, limit):
        why.setdefault(found, "typical")
    return _samples(connection, pen, plan, moment, dict(list(why.items())[:limit]))


def _hard_cases(settings: Settings) -> list[tuple[str, ColumnElement[bool], Any]]:
    first, last = (func.coalesce(column, "") for column in (customer.c.first_name, customer.c.last_name))
    length = func.length(first) + func.length(last)
    nameless = or_(customer.c.first_name.is_(None), customer.c.first_name == "")
    persian = func.coalesce(customer.c.language, settings.brand.locale) == "fa"
    return [
        ("longest name", length > 0, length.desc()),
        ("no name", nameless, customer.c.bucket),
        ("Persian", persian, length.desc()),
    ]


def measured(connection: Connection, pen: Pen, plan: Plan, moment: Moment) -> list[Sample]:
    """The letters by which an SMS campaign's parts are reckoned; none for email, which has no parts."""
    if plan.entry.channel is not Channel.SMS:
        return []
    ids = people.some(connection, plan, MEASURED)
    return _samples(connection, pen, plan, moment, dict.fromkeys(ids, "measured"))


def _samples(
    connection: Connection, pen: Pen, plan: Plan, moment: Moment, why: dict[str, str]
) -> list[Sample]:
    addresses = _addresses(connection, plan.entry.channel, list(why))
    entry = plan.entry
    wanted = [
        (one, Addressed("preview", entry.channel, entry.template, addresses.get(one) or "", entry.kind))
        for one in why
    ]
    offer = promises.sample(plan.campaign, pen.settings, moment.as_of)
    letters = pen.letters(connection, wanted, moment.as_of, promised=[offer] * len(wanted))
    return [Sample(one, to, letter, why[one]) for (one, to), letter in zip(wanted, letters, strict=True)]


def _addresses(connection: Connection, channel: Channel, ids: Sequence[str]) -> dict[str, str | None]:
    asked = select(customer.c.customer_id, address_column(channel).label("address"))
    rows = connection.execute(asked.where(customer.c.customer_id.in_(ids)))
    return {row.customer_id: row.address for row in rows}


def render(pen: Pen, samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """The samples as `preview --json` has them."""
    made = iter(pen.render(one.letter for one in samples if isinstance(one.letter, Letter)))
    return [
        _shown(one, next(made) if isinstance(one.letter, Letter) else Rendered(error=one.letter))
        for one in samples
    ]


def unwritten(shown: Sequence[dict[str, Any]]) -> list[str]:
    """That people would get nothing, though every gate lets them through: their message cannot be made."""
    errors = Counter(one["error"] for one in shown if one["error"])
    return [
        f"{number} of the {len(shown)} samples cannot be written, and people like them would get nothing: "
        f"{in_words(error)}"
        for error, number in errors.items()
    ]


def _shown(one: Sample, made: Rendered) -> dict[str, Any]:
    context = one.letter.context if isinstance(one.letter, Letter) else {}
    known = context.get("customer", {})
    return {
        "customer_id": one.customer_id,
        "name": " ".join(part for part in (known.get("first_name"), known.get("last_name")) if part),
        "channel": one.to.channel.value,
        "to": one.to.address,
        "why": one.why,
        "language": context.get("message", {}).get("language", ""),
        "subject": made.subject,
        "preheader": made.preheader,
        "text": made.text,
        "html": made.html,
        "segments": made.segments,
        "error": made.error,
    }
