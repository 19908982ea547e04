"""Whether an order is overdue by the customer's own rhythm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import field_validator
from sqlalchemy import ColumnElement, and_, literal

from engine.clock import milliseconds
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Number, number, total
from engine.rules.number_test import scaled
from engine.rules.purchases import COMPLETED, bought_in, every_order
from engine.rules.ranges import KNOWN, Claim, compared, counts
from engine.rules.scope import Scope
from engine.rules.sources import ORDERS, order
from engine.rules.time_test import past
from engine.store.types import Instant, millis_between


@CONDITIONS.register("overdue")
class Overdue(Condition):
    """The time since the last order is more than `by` times the customer's own mean gap between orders.

    `min_orders`, 2 unless given, asks for so many completed orders at least: one order has no gap, so
    whoever bought once is never overdue. Orders that all came at one instant make a gap of nothing.
    """

    key: ClassVar[str] = "overdue"
    example: ClassVar[str] = "overdue: {by: 2, min_orders: 3}"

    by: Number
    min_orders: int = 2

    @field_validator("by")
    @classmethod
    def _exact(cls, by: Decimal) -> Decimal:
        if by < 0:
            raise ValueError("by is how many gaps must have passed, so it cannot be below 0")
        scaled([by], decimals=3, most=1000)
        return by

    @field_validator("min_orders", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        least = number(value)
        if least != int(least) or not 1 <= least <= 1_000_000:
            raise ValueError("min_orders is a whole number of orders, like 3")
        return int(least)

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        orders, first, last = self._facts(scope)
        scale, times = scaled([self.by])
        silent = millis_between(last, literal(scope.as_of, Instant))
        between = millis_between(first, last)
        enough = orders >= max(2, self.min_orders)
        return total(and_(enough, silent * scale * (orders - 1) > between * times[self.by]))

    def _facts(self, scope: Scope) -> tuple[ColumnElement[int], ColumnElement[Any], ColumnElement[Any]]:
        facts, at = scope.facts, order.c.ordered_at
        return (
            facts.count(ORDERS, COMPLETED),
            facts.earliest(ORDERS, at, COMPLETED),
            facts.latest(ORDERS, at, COMPLETED),
        )

    def turns(self, row: Mapping[str, Any], times: Sequence[datetime], scope: Scope) -> Iterable[datetime]:
        if row["orders"] < 2:
            return ()
        gap = (row["last"] - row["first"]) / (row["orders"] - 1)
        at = row["last"] + gap * float(self.by)
        return (milliseconds(at) + timedelta(milliseconds=late) for late in range(3))

    def english(self, scope: Scope) -> str:
        least = f", after at least {self.min_orders} orders" if self.min_orders > 2 else ""
        gaps = f"{self.by.normalize():f} times their own mean gap between orders"
        return f"last order longer ago than {gaps}{least}"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        if holds:
            ever = past(scope) & KNOWN
            yield Claim(every_order(ever), counts(compared("at_least", max(2, self.min_orders))))
            yield from bought_in(ever)

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        orders, first, last = self._facts(scope)
        return {"orders": orders, "first": first, "last": last}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        if not row["orders"]:
            return "no orders"
        told = f"last order {scope.told(row['last'])}"
        if row["orders"] == 1:
            return f"{told}; only one, so there is no gap"
        return f"{told}; {row['orders']:,} orders, {_gap(row['first'], row['last'], row['orders'])} apart"


def _gap(first: datetime, last: datetime, orders: int) -> str:
    """The mean gap, told in whole days where there are some."""
    gap = (last - first) / (orders - 1)
    if gap < timedelta(days=1):
        return f"{gap.total_seconds() / 3600:.1f} hours"
    return f"{gap.total_seconds() / 86_400:.1f} days"
