"""What they bought: orders that hold a certain line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from engine.rules import purchases
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.mentions import Mention
from engine.rules.number_test import CountTest
from engine.rules.purchases import COMPLETED, Filters, LineWhere, bought_in, count_orders
from engine.rules.ranges import COUNTS, NONE, SOME, Claim, Counted, claim
from engine.rules.scope import Scope
from engine.rules.sources import order
from engine.rules.time_test import Window


@CONDITIONS.register("bought")
class Bought(LineWhere, Window, Condition):
    """Completed orders in a window with a line that passes; without `count`, at least one."""

    key: ClassVar[str] = "bought"
    example: ClassVar[str] = "bought: {sku: 22423, within: 1 year}"

    count: CountTest = CountTest.some()

    @classmethod
    def spelled(cls, value: Any) -> Any:
        if isinstance(value, dict) and not set(value) & set(LineWhere.model_fields):
            raise ValueError("bought needs to know what: sku, category or product")
        return value

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return self.count.passes(count_orders(scope, self.count, self._orders(scope), self.lines()))

    def _orders(self, scope: Scope) -> Filters:
        return [*self.rows(order.c.ordered_at, scope), COMPLETED]

    def english(self, scope: Scope) -> str:
        times = "" if self.count.asks_only_some else f" in {self.count.words()} orders"
        when = self.words(scope)
        return " ".join(filter(None, [f"bought something whose {' and '.join(self.told())}{times}", when]))

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return purchases.evidence(scope, self._orders(scope), self.lines())

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        return purchases.witnessed(row, scope, "such ")

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        window = self.range(scope)
        lines = repr((self.category, self.sku, self.product))
        counted = self.count.range() & (NONE if window.empty or self.no_line() else COUNTS)
        said = claim(Counted(("bought", lines), window), counted, holds, COUNTS)
        yield said
        if said.range.within(SOME):
            yield from bought_in(window)

    def mentions(self) -> Iterator[Mention]:
        yield from self.named_lines()

    def hopeless(self, scope: Scope) -> bool:
        none = self.barren(scope) or self.no_line()
        return self.count.impossible() or (none and not self.count.holds(0))
