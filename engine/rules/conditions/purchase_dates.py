"""When they first and last bought: completed orders."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import total
from engine.rules.purchases import COMPLETED
from engine.rules.scope import Scope
from engine.rules.sources import ORDERS, order
from engine.rules.time_test import TimeTest


class _Purchase(TimeTest, Condition):
    @abstractmethod
    def at(self, scope: Scope) -> ColumnElement[Any]:
        """When it was; NULL for somebody who never bought."""

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return total(self.passes(self.at(scope), scope))

    def english(self, scope: Scope) -> str:
        return f"{self.key.replace('_', ' ')} {self.words(scope)}"

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"at": self.at(scope)}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        return f"{self.key.replace('_', ' ')} {scope.told(row['at'])}" if row["at"] else "never bought"

    def hopeless(self, scope: Scope) -> bool:
        return self.empty(scope)


@CONDITIONS.register("first_purchase")
class FirstPurchase(_Purchase):
    key: ClassVar[str] = "first_purchase"
    example: ClassVar[str] = "first_purchase: {within: 14 days}"

    def at(self, scope: Scope) -> ColumnElement[Any]:
        return scope.facts.earliest(ORDERS, order.c.ordered_at, COMPLETED)


@CONDITIONS.register("last_purchase")
class LastPurchase(_Purchase):
    key: ClassVar[str] = "last_purchase"
    example: ClassVar[str] = "last_purchase: {ago: {at_least: 180 days, at_most: 365 days}}"

    def at(self, scope: Scope) -> ColumnElement[Any]:
        return scope.facts.latest(ORDERS, order.c.ordered_at, COMPLETED)
