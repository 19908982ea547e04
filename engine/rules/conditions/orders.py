"""How many orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, model_validator
from sqlalchemy import ColumnElement

from engine.rules import purchases
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import reading
from engine.rules.mentions import Mention
from engine.rules.number_test import CountTest
from engine.rules.purchases import (
    Filters,
    OrderWhere,
    bought_in,
    check_amounts,
    count_orders,
    not_bought_in,
    seen_since,
    sentence,
)
from engine.rules.ranges import COUNTS, NONE, SOME, Claim, Counted, claim
from engine.rules.scope import Scope
from engine.rules.sources import order
from engine.rules.time_test import Window


@CONDITIONS.register("orders")
class Orders(Window, Condition):
    """Orders in a window; without `count`, at least one."""

    key: ClassVar[str] = "orders"
    example: ClassVar[str] = "orders: {count: {at_least: 3}, within: 1 year}"

    count: CountTest = CountTest.some()
    where: OrderWhere = OrderWhere()

    @model_validator(mode="after")
    def _exact(self, info: ValidationInfo) -> Self:
        check_amounts(self.where.amount, self.where.currencies(reading(info).currency))
        return self

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return self.count.passes(count_orders(scope, self.count, self._orders(scope), self.where.lines()))

    def _orders(self, scope: Scope) -> Filters:
        return [*self.rows(order.c.ordered_at, scope), *self.where.orders(scope.currency)]

    def english(self, scope: Scope) -> str:
        if self.count.asks_only_some:
            return sentence("ordered", scope, self, self.where)
        number = self.count.words()
        noun = "order" if number.endswith(" 1") else "orders"
        return sentence("no orders" if self.count.is_ == 0 else f"{number} {noun}", scope, self, self.where)

    def denied(self, scope: Scope) -> str:
        if self.count.asks_only_some:
            return sentence("no orders", scope, self, self.where)
        return super().denied(scope)

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return purchases.evidence(scope, self._orders(scope), self.where.lines())

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        plain = not self.where.told() and not self.bounds(scope)
        return purchases.witnessed(row, scope, "" if plain else "such ")

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        window = self.range(scope)
        counted = self.count.range() & (NONE if window.empty or self.where.no_order() else COUNTS)
        said = claim(Counted(("orders", repr(self.where)), window), counted, holds, COUNTS)
        yield said
        if said.range.within(SOME):
            yield from (seen_since if self.where.status else bought_in)(window)
        elif said.range.within(NONE) and self.where == OrderWhere():
            yield from not_bought_in(window)

    def mentions(self) -> Iterator[Mention]:
        yield from self.where.named_orders()

    def hopeless(self, scope: Scope) -> bool:
        none = self.barren(scope) or self.where.no_order()
        return self.count.impossible() or (none and not self.count.holds(0))
