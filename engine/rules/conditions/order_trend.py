"""Whether they order more or less often than they did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pydantic import field_validator
from sqlalchemy import ColumnElement, and_

from engine.rules import turning
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Length
from engine.rules.number_test import NumberTest, scaled
from engine.rules.purchases import COMPLETED, bought_in
from engine.rules.ranges import Claim, before, span
from engine.rules.scope import Scope
from engine.rules.sources import ORDERS, order


@CONDITIONS.register("order_trend")
class OrderTrend(Condition):
    """The orders of the latest window over those of the window before it, which is as long.

    `ratio: {less_than: 0.5}` is fewer than half as many. Nobody matches who ordered nothing in the
    earlier window. Completed orders count; it is never divided.
    """

    key: ClassVar[str] = "order_trend"
    example: ClassVar[str] = "order_trend: {window: 90 days, ratio: {less_than: 0.5}}"

    window: Length
    ratio: NumberTest

    @field_validator("ratio")
    @classmethod
    def _exact(cls, ratio: NumberTest) -> NumberTest:
        scaled(ratio.values, decimals=4, most=100_000)
        return ratio

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        recent, earlier = self._orders(scope)
        scale, times = scaled(self.ratio.values)
        return and_(earlier > 0, self.ratio.passes(recent * scale, lambda value: earlier * times[value]))

    def _orders(self, scope: Scope) -> tuple[ColumnElement[int], ColumnElement[int]]:
        start, turn = self._bounds(scope)
        at = order.c.ordered_at
        recent = scope.facts.count(ORDERS, COMPLETED, at >= turn)
        return recent, scope.facts.count(ORDERS, COMPLETED, at >= start, at < turn)

    def _bounds(self, scope: Scope) -> tuple[datetime, datetime]:
        return scope.back(self.window.times(2)), scope.back(self.window)

    def turns(self, row: Mapping[str, Any], times: Sequence[datetime], scope: Scope) -> Iterable[datetime]:
        return turning.later(times, (self.window, self.window.times(2)), scope.as_of, scope.calendar)

    def english(self, scope: Scope) -> str:
        if scope.undated:
            before = f"the {self.window} before that"
            return f"orders in the last {self.window} are {self.ratio.words()} times those in {before}"
        start, turn = (scope.show(one) for one in self._bounds(scope))
        return (
            f"orders since {turn} are {self.ratio.words()} times those between {start} and {turn}"
            f" ({self.window} against the {self.window} before)"
        )

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        if holds:
            start, turn = self._bounds(scope)
            yield from bought_in(span(before(start), before(turn)))

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        recent, earlier = self._orders(scope)
        return {"recent": recent, "earlier": earlier}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        noun = "order" if row["recent"] == 1 else "orders"
        return f"{row['recent']:,} {noun} after {row['earlier']:,} in the {self.window} before"

    def hopeless(self, scope: Scope) -> bool:
        start, turn = self._bounds(scope)
        negative = any(
            value < 0 or (value == 0 and key == "less_than")
            for key, value in self.ratio.bounds()
            if key in ("is", "at_most", "less_than")
        )
        return start == turn or negative or self.ratio.empty()
