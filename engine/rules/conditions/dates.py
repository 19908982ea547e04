"""When they signed up, and when they were last seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import total
from engine.rules.occurrences import later
from engine.rules.ranges import Claim, claim
from engine.rules.scope import Scope
from engine.rules.sources import EVENTS, ORDERS, customer, event, order
from engine.rules.time_test import TimeTest, past


@CONDITIONS.register("signed_up")
class SignedUp(TimeTest, Condition):
    """When they signed up: the `created_at` of the customer's record."""

    key: ClassVar[str] = "signed_up"
    example: ClassVar[str] = "signed_up: {within: 14 days}"

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return total(self.passes(customer.c.created_at, scope))

    def english(self, scope: Scope) -> str:
        return f"signed up {self.words(scope)}"

    def denied(self, scope: Scope) -> str:
        return f"not {self.english(scope)}"

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"at": customer.c.created_at}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        return f"signed up {scope.told(row['at'])}" if row["at"] else "nobody knows when they signed up"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        yield claim("signed up", self.range(scope), holds, past(scope))

    def hopeless(self, scope: Scope) -> bool:
        return self.empty(scope)


@CONDITIONS.register("last_seen")
class LastSeen(TimeTest, Condition):
    """The later of the last event and the last order of any status."""

    key: ClassVar[str] = "last_seen"
    example: ClassVar[str] = "last_seen: {older_than: 90 days}"

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return total(self.passes(self._latest(scope), scope))

    def _latest(self, scope: Scope) -> ColumnElement[Any]:
        ordered = scope.facts.latest(ORDERS, order.c.ordered_at)
        did = scope.facts.latest(EVENTS, event.c.occurred_at)
        return later(ordered, did)

    def english(self, scope: Scope) -> str:
        return f"last seen {self.words(scope)}"

    def denied(self, scope: Scope) -> str:
        return f"not {self.english(scope)}"

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"at": self._latest(scope)}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        return f"last seen {scope.told(row['at'])}" if row["at"] else "never seen"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        yield claim("last seen", self.range(scope), holds, past(scope))

    def hopeless(self, scope: Scope) -> bool:
        return self.empty(scope)
