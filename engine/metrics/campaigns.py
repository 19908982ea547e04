"""Our own campaigns: who entered, what became of the messages, what was bought, and the lift."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Double, and_, cast, func, or_, select

from engine.metrics.arms import Arm, compared
from engine.metrics.credit import (
    SENT,
    USUAL,
    Windows,
    credited,
    delivery,
    enrollment,
    entered,
    outcomes,
    treated,
)
from engine.metrics.metric import Ask
from engine.metrics.purchases import whole
from engine.metrics.standing import flag
from engine.money import exponent, to_decimal
from engine.store.database import table
from engine.store.replies import Code, ProviderEvent
from engine.vocabulary import EventKind, State

_event, _code = table(ProviderEvent), table(Code)
#: What each column of the funnel counts; a click proves that it was opened, and that it was delivered.
_PROOFS = {
    "delivered": (EventKind.DELIVERED, EventKind.OPENED, EventKind.CLICKED),
    "bounced": (EventKind.BOUNCED, EventKind.SOFT_BOUNCED, EventKind.REJECTED),
    "opened": (EventKind.OPENED, EventKind.CLICKED),
    "clicked": (EventKind.CLICKED,),
    "unsubscribed": (EventKind.UNSUBSCRIBED, EventKind.STOPPED),
    "complained": (EventKind.COMPLAINED,),
}
Prices = Mapping[str, Decimal]


def ours(ask: Ask, windows: Windows, prices: Prices) -> list[dict[str, Any]]:
    """Every campaign that somebody entered in the period. `prices` are a message's, by channel."""
    came = _entries(ask)
    steps, bought = _steps(ask, prices), _credits(ask, windows)
    codes, groups = _codes(ask), _groups(ask, windows)
    told = []
    for name in sorted(came):
        arms, waiting = groups.get(name, ([], 0))
        told.append(
            {
                "campaign": name,
                "currency": ask.currency,
                "window": str(windows.get(name, USUAL)),
                **came[name],
                "steps": steps.get(name, []),
                **bought.get(name, {"converted": 0, "orders": 0, "revenue": to_decimal(0, ask.currency)}),
                "cost": _cost(steps.get(name, []), ask.currency),
                **codes.get(name, {"codes_issued": 0, "codes_redeemed": 0}),
                "waiting": waiting,
                **compared(arms, ask.currency),
            }
        )
    return told


def _entries(ask: Ask) -> dict[str, dict[str, int]]:
    name = enrollment.c.campaign
    counted = (
        select(name, func.sum(flag(treated())), func.sum(flag(~treated()))).where(entered(ask)).group_by(name)
    )
    return {
        campaign: {"entered": whole(inside), "held_out": whole(held)}
        for campaign, inside, held in ask.connection.execute(counted)
    }


def _steps(ask: Ask, prices: Prices) -> dict[str, list[dict[str, Any]]]:
    """What became of the messages that were promised in the period, step by step."""
    one = _event.c
    proved = {
        name: func.max(flag(one.kind.in_([kind.value for kind in kinds]))).label(name)
        for name, kinds in _PROOFS.items()
    }
    known = (
        select(one.dedupe_key, *proved.values())
        .where(one.dedupe_key != "", ~one.bot, one.at >= ask.period.start)
        .group_by(one.dedupe_key)
        .subquery()
    )
    row = delivery.c
    sent = or_(row.state.in_(SENT), known.c.dedupe_key.is_not(None))
    held = and_(row.created_at >= ask.period.start, row.created_at < ask.period.end)
    keys = (row.campaign, row.step, row.channel, row.template)
    counted = (
        select(
            *keys,
            func.count().label("planned"),
            func.sum(flag(sent)).label("sent"),
            func.sum(flag(row.state == State.FAILED.value)).label("failed"),
            *(func.sum(func.coalesce(known.c[name], 0)).label(name) for name in _PROOFS),
        )
        .outerjoin_from(delivery, known, known.c.dedupe_key == row.dedupe_key)
        .where(held)
        .group_by(*keys)
        .order_by(*keys)
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for line in ask.connection.execute(counted).mappings():
        numbers = {name: whole(line[name]) for name in ("planned", "sent", "failed", *_PROOFS)}
        step = {"step": line["step"], "channel": line["channel"], "template": line["template"], **numbers}
        step["cost"] = _price(prices.get(line["channel"], Decimal(0)) * numbers["sent"], ask.currency)
        found.setdefault(line["campaign"], []).append(step)
    return found


def _price(cost: Decimal, currency: str) -> str:
    return to_decimal(round(cost.scaleb(exponent(currency))), currency)


def _cost(steps: list[dict[str, Any]], currency: str) -> str:
    return _price(sum((Decimal(step["cost"]) for step in steps), Decimal(0)), currency)


def _credits(ask: Ask, windows: Windows) -> dict[str, dict[str, Any]]:
    """Customers who bought, their orders and money, of those who entered in the period."""
    row = credited(ask, windows).c
    counted = (
        select(row.campaign, func.count(row.customer_id.distinct()), func.count(), func.sum(row.amount))
        .where(row.entered >= ask.period.start)
        .group_by(row.campaign)
    )
    return {
        name: {
            "converted": whole(buyers),
            "orders": whole(orders),
            "revenue": to_decimal(whole(revenue), ask.currency),
        }
        for name, buyers, orders, revenue in ask.connection.execute(counted)
    }


def _codes(ask: Ask) -> dict[str, dict[str, int]]:
    """Offers' codes that went out in the period, and how many of them were used."""
    held = and_(_code.c.issued_at >= ask.period.start, _code.c.issued_at < ask.period.end)
    used = flag(and_(_code.c.redeemed_at.is_not(None), _code.c.redeemed_at < ask.period.end))
    same = and_(delivery.c.customer_id == _code.c.customer_id, delivery.c.dedupe_key == _code.c.dedupe_key)
    counted = (
        select(delivery.c.campaign, func.count(), func.sum(used))
        .join_from(_code, delivery, same)
        .where(held)
        .group_by(delivery.c.campaign)
    )
    return {
        name: {"codes_issued": whole(issued), "codes_redeemed": whole(redeemed)}
        for name, issued, redeemed in ask.connection.execute(counted)
    }


def _groups(ask: Ask, windows: Windows) -> dict[str, tuple[list[Arm], int]]:
    """Each campaign's treated and held out whose window is over, and how many still have time."""
    one = outcomes(ask, windows)
    spent = cast(one.c.spent, Double)
    counted = select(
        one.c.campaign,
        one.c.held,
        one.c.over,
        func.count().label("customers"),
        func.sum(flag(one.c.orders > 0)).label("converted"),
        func.sum(flag(one.c.spent != 0)).label("spenders"),
        func.sum(one.c.spent).label("revenue"),
        func.sum(spent * spent).label("squares"),
    ).group_by(one.c.campaign, one.c.held, one.c.over)
    found: dict[str, tuple[list[Arm], int]] = {}
    for row in ask.connection.execute(counted):
        arms, waiting = found.get(row.campaign, ([], 0))
        if row.over:
            numbers = (row.customers, None, whole(row.converted), whole(row.spenders))
            name = "holdout" if row.held else "treated"
            arms.append(Arm(name, bool(row.held), *numbers, float(row.revenue), float(row.squares)))
        found[row.campaign] = (arms, waiting + (0 if row.over else row.customers))
    return found
