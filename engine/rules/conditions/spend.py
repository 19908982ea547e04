"""How much they spent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, model_validator
from sqlalchemy import ColumnElement

from engine.money import to_decimal
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Currency, Given, reading
from engine.rules.mentions import Mention
from engine.rules.number_test import NumberTest
from engine.rules.purchases import (
    OrderWhere,
    bought_in,
    check_amounts,
    minor,
    seen_since,
    sentence,
    sum_amounts,
)
from engine.rules.ranges import KNOWN, NONE, Claim, claim
from engine.rules.scope import Scope
from engine.rules.sources import order
from engine.rules.time_test import Window


@CONDITIONS.register("spend")
class Spend(Window, Condition):
    """The sum of orders in one currency, the brand's unless given; without orders it is 0."""

    key: ClassVar[str] = "spend"
    example: ClassVar[str] = "spend: {total: {at_least: 500}, within: 1 year}"

    total: NumberTest
    where: OrderWhere = OrderWhere()
    currency: Given[Currency] = None

    @model_validator(mode="after")
    def _exact(self, info: ValidationInfo) -> Self:
        currency = self.currency or reading(info).currency
        check_amounts(self.total, [currency])
        check_amounts(self.where.amount, self.where.currencies(currency))
        return self

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        currency = self.currency or scope.currency
        return self.total.passes(self._spent(scope), lambda value: minor(value, currency))

    def _spent(self, scope: Scope) -> ColumnElement[int]:
        currency = self.currency or scope.currency
        orders = [*self.rows(order.c.ordered_at, scope), *self.where.orders(currency)]
        return sum_amounts(scope, currency, orders, self.where.lines())

    def english(self, scope: Scope) -> str:
        currency = self.currency or scope.currency
        return sentence(f"spent {self.total.words(lambda v: f'{v} {currency}')}", scope, self, self.where)

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"spent": self._spent(scope)}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        currency = self.currency or scope.currency
        return f"spent {to_decimal(row['spent'], currency)} {currency}"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        window, currency = self.range(scope), self.currency or scope.currency
        spent = self.total.range() & (NONE if window.empty or self.where.no_order() else KNOWN)
        said = claim(("spend", currency, window, repr(self.where)), spent, holds, KNOWN)
        yield said
        if (said.range & NONE).empty:
            yield from (seen_since if self.where.status else bought_in)(window)

    def mentions(self) -> Iterator[Mention]:
        yield from self.where.named_orders()

    def hopeless(self, scope: Scope) -> bool:
        none = self.barren(scope) or self.where.no_order()
        return self.total.empty() or (none and not self.total.holds(0))
