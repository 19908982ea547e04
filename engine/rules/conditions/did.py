"""What they did: events, of which an imported completed order is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationInfo, model_validator
from pydantic.json_schema import JsonSchemaValue
from sqlalchemy import ColumnElement, String, and_, cast, null, or_

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Name, Words, reading
from engine.rules.mentions import Mention, named
from engine.rules.number_test import CountTest
from engine.rules.occurrences import ORDER_PLACED
from engine.rules.purchases import COMPLETED, minor, not_bought_in, seen_since
from engine.rules.ranges import COUNTS, NONE, SOME, Claim, Counted, claim
from engine.rules.scope import Scope
from engine.rules.sources import EVENTS, ORDERS, event, order
from engine.rules.time_test import Window
from engine.rules.value_test import Readings, ValueTest
from engine.store.types import called
from engine.text import isolated


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

    @model_validator(mode="after")
    def _exact(self, info: ValidationInfo) -> Self:
        amount = self.where.get("amount")
        if self.event == ORDER_PLACED and amount is not None:
            for currency in self._currencies(reading(info).currency):
                for value in amount.numbers:
                    minor(value, currency)
        return self

    def _events(self, scope: Scope) -> list[ColumnElement[bool]]:
        """The filters on events."""
        properties = [test.passes(event.c.properties, name, scope) for name, test in self.where.items()]
        return [*self.rows(event.c.occurred_at, scope), called(event.c.event, self.event), *properties]

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return self.count.passes(self._times(scope))

    def _times(self, scope: Scope) -> ColumnElement[int]:
        filters = self._events(scope)
        times = scope.facts.count(EVENTS, *filters)
        if self.event == ORDER_PLACED:
            times = times + scope.facts.count(ORDERS, *self._orders(scope))
        return times

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        found: dict[str, ColumnElement[Any]] = {
            "times": self._times(scope),
            "last": scope.facts.latest(EVENTS, event.c.occurred_at, *self._events(scope)),
        }
        if self.event == ORDER_PLACED:
            found["order"] = scope.facts.latest(ORDERS, order.c.ordered_at, *self._orders(scope))
        return found

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        times, last = row["times"], max(filter(None, (row["last"], row.get("order"))), default=None)
        if not times or last is None:
            return "never"
        return f"{'once' if times == 1 else f'{times:,} times, the last'} on {scope.told(last)}"

    def _orders(self, scope: Scope) -> list[ColumnElement[bool]]:
        """The filters on orders, which have the properties amount, currency and code."""
        found = [*self.rows(order.c.ordered_at, scope), COMPLETED]
        for name, test in self.where.items():
            if name == "amount":
                amounts = (_amount(test, currency, scope) for currency in self._currencies(scope.currency))
                found.append(or_(*amounts))
            elif name == "currency":
                found.append(test.mapped(str.upper).holds(Readings(text=order.c.currency), scope))
            else:
                text = order.c.code if name == "code" else cast(null(), String)
                found.append(test.holds(Readings(text=text), scope))
        return found

    def _currencies(self, currency: str) -> list[str]:
        """What an order's amount may be in: the currencies that are named, else the given one."""
        named = self.where.get("currency")
        only = named.text.exact() if named is not None and named.text is not None else None
        return [name.upper() for name in only] if only else [currency]

    def turns(
        self, row: Mapping[str, Any], times: Sequence[datetime], scope: Scope
    ) -> Iterable[datetime] | None:
        """Times that events carry as properties are not looked through."""
        if any(test.time is not None for test in self.where.values()):
            return None
        return super().turns(row, times, scope)

    def english(self, scope: Scope) -> str:
        times = "" if self.count.asks_only_some else f" {self.count.words()} times"
        told = [f"{name} {test.words(scope)}" for name, test in self.where.items()]
        tail = f"where {' and '.join(told)}" if told else ""
        return " ".join(filter(None, [f"did {isolated(self.event)}{times}", self.words(scope), tail]))

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        window = self.range(scope)
        none = window.empty or any(test.empty(scope) for test in self.where.values())
        counted = self.count.range() & (NONE if none else COUNTS)
        said = claim(Counted(("did", self.event, repr(self.where)), window), counted, holds, COUNTS)
        yield said
        if said.range.within(SOME):
            yield from seen_since(window)
        elif said.range.within(NONE) and self.event == ORDER_PLACED and not self.where:
            yield from not_bought_in(window)

    def mentions(self) -> Iterator[Mention]:
        yield from named("event", self.event)

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
