"""The best customers, and the least: a share of everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, model_validator
from sqlalchemy import BigInteger, ColumnElement, and_, func, literal

from engine.money import to_decimal
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Given, total
from engine.rules.purchases import COMPLETED, bought_in
from engine.rules.ranges import Claim
from engine.rules.scope import Scope
from engine.rules.sources import ORDERS, order
from engine.rules.standings import WHOLE, Keys, Line, percentile, reaches
from engine.rules.time_test import Window
from engine.values import Percent

#: A remainder is told in so small parts of an order that no two of a shop's averages fall together.
_PARTS = 10**9


def _share(value: Decimal) -> Decimal:
    if not value or value != round(value, 2):
        raise ValueError("a share is more than 0%, with two decimals at most, like 10% or 2.5%")
    return value


Share = Annotated[Percent, AfterValidator(_share)]


@CONDITIONS.register("rank")
class Rank(Window, Condition):
    """The customer is among the top or bottom share of everybody by spend, orders or average order.

    `top: 10%` is at or above the 90th percentile (linear interpolation) among customers with a completed
    order in the window; ties are in. Money is the brand's currency, and an average needs an order in it.
    """

    key: ClassVar[str] = "rank"
    example: ClassVar[str] = "rank: {by: spend, top: 10%, within: 1 year}"

    by: Literal["spend", "orders", "average_order"]
    top: Given[Share] = None
    bottom: Given[Share] = None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.top is None) == (self.bottom is None):
            raise ValueError("rank needs one end: `top: 10%` or `bottom: 10%`")
        return self

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        orders, spent = self._facts(scope)
        keys = self._keys(orders, spent)
        return total(and_(orders > 0, self._passes(keys, self._mark(scope, orders, keys))))

    def _facts(self, scope: Scope) -> tuple[ColumnElement[int], ColumnElement[int]]:
        """The orders that make somebody one of the population, and what was spent in the brand's currency."""
        counted = [*self.rows(order.c.ordered_at, scope), COMPLETED]
        if self.by == "orders":
            return scope.facts.count(ORDERS, *counted), literal(0)
        money = [*counted, order.c.currency == scope.currency]
        spent = scope.facts.total(ORDERS, order.c.amount, *money)
        return scope.facts.count(ORDERS, *(money if self.by == "average_order" else counted)), spent

    def _keys(self, orders: ColumnElement[int], spent: ColumnElement[int]) -> Keys:
        if self.by == "orders":
            return (orders,)
        if self.by == "spend":
            return (spent,)
        among = func.nullif(orders, 0, type_=BigInteger)
        return spent // among, (spent % among) * _PARTS // among

    def _mark(self, scope: Scope, orders: ColumnElement[int], keys: Keys) -> Keys:
        """What whoever stands at the percentile has."""
        place = percentile(WHOLE - self._hundredths, upper=True) if self.top else percentile(self._hundredths)
        return scope.facts.mark(ORDERS, Line(keys, (orders > 0,), place))

    @property
    def _hundredths(self) -> int:
        return int((self.top or self.bottom or Decimal()) * 100)

    def _passes(self, keys: Keys, mark: Keys) -> ColumnElement[bool]:
        return reaches(keys, mark) if self.top is not None else reaches(mark, keys)

    def english(self, scope: Scope) -> str:
        share = self.top or self.bottom
        end = f"{'top' if self.top else 'bottom'} {share.normalize():f}%" if share else ""
        return " ".join(filter(None, [f"in the {end} by {self.by.replace('_', ' ')}", self.words(scope)]))

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        orders, spent = self._facts(scope)
        mark = self._mark(scope, orders, self._keys(orders, spent))
        return {"orders": orders, "spent": spent, "mark": mark[0]}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        if not row["orders"]:
            return "no such orders"
        if row["mark"] is None:
            return "nobody to be compared with"  # who is no customer yet is in no population
        if self.by == "orders":
            noun = "order" if row["orders"] == 1 else "orders"
            mine, mark = f"{row['orders']:,} {noun}", f"{row['mark']:,}"
        else:
            amount = row["spent"] if self.by == "spend" else round(row["spent"] / row["orders"])
            mine, mark = (to_decimal(int(one), scope.currency) for one in (amount, row["mark"]))
            mine, mark = f"{mine} {scope.currency}", f"{mark} {scope.currency}"
        return f"{mine}; the {'top begins at' if self.top else 'bottom ends at'} {mark}"

    def turns(
        self, row: Mapping[str, Any], times: Sequence[datetime], scope: Scope
    ) -> Iterable[datetime] | None:
        """Where orders leave the window, everybody's do: nobody can know when the ranks change."""
        return None if self.bounds(scope) else super().turns(row, times, scope)

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        if holds:
            yield from bought_in(self.range(scope))

    def hopeless(self, scope: Scope) -> bool:
        return self.barren(scope)
