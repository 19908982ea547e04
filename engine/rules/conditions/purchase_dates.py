"""When they first and last bought: completed orders."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import total
from engine.rules.purchases import COMPLETED, FIRST, LAST
from engine.rules.ranges import Claim, Range, claim
from engine.rules.scope import Scope
from engine.rules.sources import ORDERS, order
from engine.rules.time_test import TimeTest, past


class _Purchase(TimeTest, Condition):
    @abstractmethod
    def at(self, scope: Scope) -> ColumnElement[Any]:
        """When it was; NULL for somebody who never bought."""

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return total(self.passes(self.at(scope), scope))

    def english(self, scope: Scope) -> str:
        if set(self.given()) == {"never"}:
            return "never bought"
        if set(self.given()) == {"ever"}:
            return "bought something, ever"
        return f"{self.key.replace('_', ' ')} {self.words(scope)}"

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"at": self.at(scope)}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        return f"{self.key.replace('_', ' ')} {scope.told(row['at'])}" if row["at"] else "never bought"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        said = claim(self.key, self.range(scope), holds, past(scope))
        yield said
        yield from self.besides(said.range)
        if not said.range.missing:
            yield Claim("last seen", said.range.upward)

    @abstractmethod
    def besides(self, at: Range) -> Iterator[Claim]:
        """What its range says of the other one of the two."""

    def hopeless(self, scope: Scope) -> bool:
        return self.empty(scope)


@CONDITIONS.register("first_purchase")
class FirstPurchase(_Purchase):
    """When their first completed order was."""

    key: ClassVar[str] = "first_purchase"
    example: ClassVar[str] = "first_purchase: {within: 14 days}"

    def at(self, scope: Scope) -> ColumnElement[Any]:
        return scope.facts.earliest(ORDERS, order.c.ordered_at, COMPLETED)

    def besides(self, at: Range) -> Iterator[Claim]:
        yield Claim(LAST, at.upward)


@CONDITIONS.register("last_purchase")
class LastPurchase(_Purchase):
    """When their last completed order was."""

    key: ClassVar[str] = "last_purchase"
    example: ClassVar[str] = "last_purchase: {ago: {at_least: 180 days, at_most: 365 days}}"

    def at(self, scope: Scope) -> ColumnElement[Any]:
        return scope.facts.latest(ORDERS, order.c.ordered_at, COMPLETED)

    def besides(self, at: Range) -> Iterator[Claim]:
        yield Claim(FIRST, at.downward)
