"""What an order comes to on average."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, model_validator
from sqlalchemy import ColumnElement, and_

from engine.money import to_decimal
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import reading
from engine.rules.number_test import NumberTest
from engine.rules.purchases import COMPLETED, bought_in, check_amounts, minor, sentence
from engine.rules.ranges import Claim, claim
from engine.rules.scope import Scope
from engine.rules.sources import ORDERS, order
from engine.rules.time_test import Window


@CONDITIONS.register("average_order")
class AverageOrder(Window, Condition):
    """Spend over orders, in the brand's currency; no orders, no match."""

    key: ClassVar[str] = "average_order"
    example: ClassVar[str] = "average_order: {value: {at_least: 50}, within: 1 year}"

    value: NumberTest

    @model_validator(mode="after")
    def _exact(self, info: ValidationInfo) -> Self:
        check_amounts(self.value, [reading(info).currency])
        return self

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        ours = order.c.currency == scope.currency
        counted = [*self.rows(order.c.ordered_at, scope), ours, COMPLETED]
        spent = scope.facts.total(ORDERS, order.c.amount, *counted)
        return {"orders": scope.facts.count(ORDERS, *counted), "spent": spent}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        number, spent = row["orders"], row["spent"]
        if not number:
            return "no such order"
        average = to_decimal(round(Decimal(spent) / number), scope.currency)
        return f"{average} {scope.currency} on average, over {number:,} order{'' if number == 1 else 's'}"

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        orders, spent = self.evidence(scope).values()
        return and_(orders > 0, self.value.passes(spent, lambda value: minor(value, scope.currency) * orders))

    def english(self, scope: Scope) -> str:
        value = self.value.words(lambda v: f"{v} {scope.currency}")
        return sentence(f"average order {value}", scope, self, None)

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        window = self.range(scope)
        yield claim(("average order", window), self.value.range(), holds)
        if holds:
            yield from bought_in(window)

    def hopeless(self, scope: Scope) -> bool:
        return self.value.empty() or self.barren(scope)
