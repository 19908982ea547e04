"""Monthly revenue that recurs, at both ends of a period and by customer, from the history of prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from engine.metrics.metric import Ask, Money
from engine.metrics.purchases import whole
from engine.metrics.standing import TRYING, live, subscription


@dataclass(frozen=True, slots=True)
class Recurring:
    """Minor units a month. What a customer moved from one plan to another is neither lost nor won twice."""

    start: int
    cancelled: int
    reduced: int
    expanded: int
    won: int
    end: int

    @property
    def parts(self) -> dict[str, int | float | Money | None]:
        return {
            "mrr_start": Money(self.start),
            "cancelled": Money(self.cancelled),
            "reduced": Money(self.reduced),
            "expanded": Money(self.expanded),
            "won": Money(self.won),
            "mrr_end": Money(self.end),
        }


def recurring(ask: Ask) -> Recurring:
    """How the revenue of the start became that of the end."""
    row = subscription.c
    both = (
        select(_price(ask, ask.period.start).label("was"), _price(ask, ask.period.end).label("stays"))
        .where(row.kind.not_in(TRYING), func.coalesce(row.currency, ask.currency) == ask.currency)
        .group_by(row.customer_id)
        .subquery()
    )
    was, stays = both.c.was, both.c.stays

    def total(condition: Any, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.sum(case((condition, value), else_=0))

    found = ask.connection.execute(
        select(
            func.sum(was),
            total(and_(was > 0, stays == 0), was),
            total(and_(stays > 0, stays < was), was - stays),
            total(and_(was > 0, stays > was), stays - was),
            total(and_(was == 0, stays > 0), stays),
            func.sum(stays),
        ).where(or_(was > 0, stays > 0))
    ).one()
    return Recurring(*(whole(number) for number in found))


def _price(ask: Ask, at: datetime) -> ColumnElement[int]:
    price = func.coalesce(subscription.c.monthly_price, 0)
    return func.sum(case((live(at), price), else_=0))
