"""Campaigns that ran elsewhere: their groups from what was imported, and their lifts by the code of ours."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Double, case, cast, func, select

from engine.metrics.arms import Arm, compared
from engine.store.database import table
from engine.store.outcomes import Outcome

_outcome = table(Outcome)


def elsewhere(connection: Connection) -> list[dict[str, Any]]:
    """Every imported campaign with its arms and lifts."""
    found: dict[str, list[Arm]] = {}
    currencies: dict[str, set[str]] = {}
    for row in connection.execute(_grouped()):
        one_currency = row.first_currency == row.last_currency
        currencies.setdefault(row.campaign, set()).update((row.first_currency, row.last_currency))
        told = bool(row.priced) and one_currency
        found.setdefault(row.campaign, []).append(
            Arm(
                name=row.arm,
                holdout=bool(row.holdout),
                customers=row.customers,
                visited=int(row.visited or 0) if row.seen else None,
                converted=int(row.converted or 0) if row.counted else None,
                spenders=int(row.spenders or 0),
                revenue=float(row.revenue) if told else None,
                squares=float(row.squares) if told else None,
            )
        )
    return [
        {"campaign": name, "currency": min(currencies[name]), **compared(arms, min(currencies[name]))}
        for name, arms in found.items()
    ]


def _grouped() -> Any:
    row = _outcome.c
    spent = cast(row.revenue, Double)
    return (
        select(
            row.campaign,
            row.arm,
            row.holdout,
            func.count().label("customers"),
            func.count(row.visited).label("seen"),
            func.sum(case((row.visited, 1), else_=0)).label("visited"),
            func.count(row.converted).label("counted"),
            func.sum(case((row.converted, 1), else_=0)).label("converted"),
            func.count(row.revenue).label("priced"),
            func.sum(case((row.revenue != 0, 1), else_=0)).label("spenders"),
            func.sum(row.revenue).label("revenue"),
            func.sum(spent * spent).label("squares"),
            func.min(row.currency).label("first_currency"),
            func.max(row.currency).label("last_currency"),
        )
        .group_by(row.campaign, row.arm, row.holdout)
        .order_by(row.campaign, row.arm, row.holdout)
    )
