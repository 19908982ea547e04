"""Which orders count: completed ones unless `where` says otherwise, and tests on orders and their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from engine.money import exponent, to_minor
from engine.rules.forms import Form, Given
from engine.rules.mentions import Mention, of_test
from engine.rules.number_test import CountTest, NumberTest
from engine.rules.ranges import Claim, Counted, Range
from engine.rules.scope import Scope
from engine.rules.sources import LINES, ORDERS, line, line_category, order, product
from engine.rules.text_test import TextTest

Filters = list[ColumnElement[bool]]
COMPLETED = order.c.status == "completed"
#: The facts when they first and last bought.
FIRST, LAST = "first_purchase", "last_purchase"


class LineWhere(Form):
    """Tests that must all pass on one and the same line."""

    category: Given[TextTest] = None
    sku: Given[TextTest] = None
    product: Given[TextTest] = None

    def lines(self) -> Filters:
        """The filters on lines; none where no key was given."""
        columns = (
            (self.category, line_category),
            (self.sku, line.c.sku),
            (self.product, product.c.description),
        )
        return [test.passes(column) for test, column in columns if test is not None]

    def told(self) -> list[str]:
        """Each test in words."""
        tests = (("category", self.category), ("sku", self.sku), ("product", self.product))
        return [f"{name} {test.words()}" for name, test in tests if test is not None]

    def named_lines(self) -> Iterator[Mention]:
        """The words of products that it names."""
        yield from of_test("category", self.category)
        yield from of_test("sku", self.sku)
        yield from of_test("product", self.product)

    def no_line(self) -> bool:
        """Whether no line can pass."""
        return any(test.empty() for test in (self.category, self.sku, self.product) if test is not None)


class OrderWhere(LineWhere):
    """Tests on an order, and on one line of it."""

    status: Given[TextTest] = None
    amount: Given[NumberTest] = None
    currency: Given[TextTest] = None
    code: Given[TextTest] = None

    def orders(self, currency: str) -> Filters:
        """The filters on orders. `currency` is what amounts are in where nothing else is said."""
        found: Filters = []
        if self.amount is not None:
            found.append(or_(*(self._amount(self.amount, name) for name in self.currencies(currency))))
        if self.currency is not None:
            found.append(self.currency.mapped(str.upper).passes(order.c.currency, order.c.currency))
        if self.code is not None:
            found.append(self.code.passes(order.c.code))
        if self.status is None:
            return [*found, COMPLETED]
        return [*found, self.status.mapped(str.lower).passes(order.c.status)]

    def _amount(self, test: NumberTest, currency: str) -> ColumnElement[bool]:
        amounts = test.passes(order.c.amount, lambda value: minor(value, currency))
        return and_(amounts, order.c.currency == currency)

    def currencies(self, currency: str) -> Sequence[str]:
        """What an amount may be in: the currencies that are named, else the given one."""
        named = self.currency.exact() if self.currency is not None else None
        return [name.upper() for name in named] if named else [currency]

    def told(self) -> list[str]:
        tests = (("status", self.status), ("currency", self.currency), ("code", self.code))
        found = [f"{name} {test.words()}" for name, test in tests if test is not None]
        return [*found, *([f"amount {self.amount.words()}"] if self.amount else []), *super().told()]

    def named_orders(self) -> Iterator[Mention]:
        """The words of orders and products that it names."""
        yield from self.named_lines()
        yield from of_test("order status", self.status, str.lower)
        yield from of_test("code", self.code)

    def no_order(self) -> bool:
        """Whether no order can pass."""
        texts = (self.status, self.currency, self.code)
        empty = any(test.empty() for test in texts if test is not None)
        return empty or self.no_line() or (self.amount is not None and self.amount.empty())


def every_order(window: Range) -> Counted:
    """The fact how many completed orders there are in the window."""
    return Counted(("orders", repr(OrderWhere())), window)


def bought_in(window: Range) -> Iterator[Claim]:
    """What is certain of who has a completed order in the window."""
    yield Claim(LAST, window.upward)
    yield Claim(FIRST, window.downward)
    yield from seen_since(window)


def not_bought_in(window: Range) -> Iterator[Claim]:
    """What is certain of who has none."""
    yield Claim(LAST, ~window)
    yield Claim(FIRST, ~window)


def seen_since(window: Range) -> Iterator[Claim]:
    """What is certain of who has an order of any status, or an event, in the window."""
    yield Claim("last seen", window.upward)


def minor(value: Decimal, currency: str) -> int:
    """A rule's amount in minor units. Raises ValueError when the currency has no such coin."""
    whole, rounded = to_minor(str(value), currency)
    if rounded:
        raise ValueError(f"{value} is finer than {currency} has it: {exponent(currency)} decimals")
    return whole


def check_amounts(test: NumberTest | None, currencies: Sequence[str]) -> None:
    """Raises ValueError for an amount that a currency cannot hold."""
    for value in test.values if test is not None else ():
        for currency in currencies:
            minor(value, currency)


def count_orders(scope: Scope, count: CountTest, orders: Filters, lines: Filters) -> ColumnElement[int]:
    """How many orders pass, each with a line that passes where lines are asked about."""
    if not lines:
        return scope.facts.count(ORDERS, *orders)
    if count.asks_only_some:
        return scope.facts.count(LINES, *orders, *lines)
    return scope.facts.count_distinct(LINES, line.c.order_id, *orders, *lines)


def sum_amounts(scope: Scope, currency: str, orders: Filters, lines: Filters) -> ColumnElement[int]:
    """What the orders that pass come to in that currency; only the lines that pass, where lines are asked."""
    money = [order.c.currency == currency, *orders]
    if not lines:
        return scope.facts.total(ORDERS, order.c.amount, *money)
    return scope.facts.total(LINES, line.c.amount, *money, *lines)


def sentence(what: str, scope: Scope, window: Any, where: OrderWhere | LineWhere | None) -> str:
    """`orders on or after 2011-01-01 (within 30 days) where sku is 22423`."""
    when = window.words(scope)
    told = where.told() if where is not None else []
    return " ".join(filter(None, [what, when, f"where {' and '.join(told)}" if told else ""]))


def evidence(scope: Scope, orders: Filters, lines: Filters) -> dict[str, ColumnElement[Any]]:
    """How many orders pass, and when the last of them was."""
    if not lines:
        count, rows = scope.facts.count(ORDERS, *orders), ORDERS
    else:
        count, rows = scope.facts.count_distinct(LINES, line.c.order_id, *orders, *lines), LINES
    return {"count": count, "last": scope.facts.latest(rows, order.c.ordered_at, *orders, *lines)}


def witnessed(row: Mapping[str, Any], scope: Scope, such: str) -> str:
    """`3 such orders, the last 2011-05-12 10:00, 212 days ago`."""
    number, last = row["count"], row["last"]
    if not number or last is None:
        return f"no {such}order"
    only = "on" if number == 1 else "the last on"
    return f"{number:,} {such}order{'' if number == 1 else 's'}, {only} {scope.told(last)}"
