"""What they did: events, of which an imported completed order is one."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field
from pydantic.json_schema import JsonSchemaValue
from sqlalchemy import ColumnElement, String, and_, cast, null, or_

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Name, Words
from engine.rules.number_test import CountTest
from engine.rules.purchases import COMPLETED, minor
from engine.rules.scope import Scope
from engine.rules.sources import EVENTS, ORDERS, event, order
from engine.rules.time_test import Window
from engine.rules.value_test import Readings, ValueTest

ORDER_PLACED = "order_placed"


@CONDITIONS.register("did")
class Did(Window, Condition):
    """Events of one name in a window whose properties pass; without `count`, at least one."""

    key: ClassVar[str] = "did"
    example: ClassVar[str] = "did: {event: cart_updated, within: 7 days, where: {items: {at_least: 2}}}"

    event: Words
    count: CountTest = CountTest.some()
    where: dict[Name, ValueTest] = Field(default_factory=dict)

    @classmethod
    def spelled(cls, value: Any) -> Any:
        return {"event": value} if isinstance(value, str) else value

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        return [{"type": "string"}]

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        properties = [test.passes(event.c.properties, name, scope) for name, test in self.where.items()]
        filters = [*self.rows(event.c.occurred_at, scope), event.c.event == self.event, *properties]
        times = scope.facts.count(EVENTS, *filters)
        if self.event == ORDER_PLACED:
            times = times + scope.facts.count(ORDERS, *self._orders(scope))
        return self.count.passes(times)

    def _orders(self, scope: Scope) -> list[ColumnElement[bool]]:
        """The filters on orders, which have the properties amount, currency and code."""
        named = self.where.get("currency")
        only = named.text.exact() if named is not None and named.text is not None else None
        currencies = [name.upper() for name in only] if only else [scope.currency]
        nothing = cast(null(), String)
        found = [*self.rows(order.c.ordered_at, scope), COMPLETED]
        for name, test in self.where.items():
            if name == "amount":
                found.append(or_(*(_amount(test, currency, scope) for currency in currencies)))
            else:
                text = {"currency": order.c.currency, "code": order.c.code}.get(name, nothing)
                found.append(test.holds(Readings(text=text), scope))
        return found

    def english(self, scope: Scope) -> str:
        times = "" if self.count.asks_only_some else f" {self.count.words()} times"
        told = [f"{name} {test.words(scope)}" for name, test in self.where.items()]
        tail = f"with {' and '.join(told)}" if told else ""
        return " ".join(filter(None, [f"did {self.event}{times}", self.words(scope), tail]))

    def hopeless(self, scope: Scope) -> bool:
        none = self.barren(scope) or any(test.empty(scope) for test in self.where.values())
        return self.count.impossible() or (none and not self.count.holds(0))


def _amount(test: ValueTest, currency: str, scope: Scope) -> ColumnElement[bool]:
    amount = Readings(
        text=cast(order.c.amount, String),
        number=order.c.amount,
        convert=lambda value: minor(value, currency),
    )
    return and_(order.c.currency == currency, test.holds(amount, scope))
