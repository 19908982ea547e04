"""Which codes they were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic.json_schema import JsonSchemaValue
from sqlalchemy import ColumnElement, and_, not_

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Given, Words, total
from engine.rules.messages import Filters, dated
from engine.rules.scope import Scope
from engine.rules.sources import CODES, code
from engine.rules.time_test import TimeTest, Window


@CONDITIONS.register("offered")
class Offered(Window, Condition):
    """Some one code that was sent to them passes every test; the window is over when it was sent."""

    key: ClassVar[str] = "offered"
    example: ClassVar[str] = "offered: {offer: comeback, redeemed: false, expires: {in_next: 3 days}}"

    offer: Given[Words] = None
    redeemed: Given[bool] = None
    expires: Given[TimeTest] = None

    @classmethod
    def spelled(cls, value: Any) -> Any:
        return {"offer": value} if isinstance(value, str) else value

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        return [{"type": "string"}]

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        filters = [*dated(self, code.c.issued_at, scope), *self._of()]
        if self.redeemed is not None:
            used: ColumnElement[bool] = code.c.redeemed_at.is_not(None)
            if scope.cut_ledger:
                used = total(and_(used, code.c.redeemed_at < scope.horizon))
            filters.append(used if self.redeemed else not_(used))
        if self.expires is not None:
            filters.append(self.expires.passes(code.c.expires_at, scope))
        return scope.facts.count(CODES, *filters) > 0

    def _of(self) -> Filters:
        """A code that is only reserved, or that was given back, was never sent."""
        found: Filters = [code.c.issued_at.is_not(None)]
        if self.offer is not None:
            found.append(code.c.offer == self.offer)
        return found

    def offers(self) -> set[str]:
        return {self.offer} if self.offer is not None else set()

    def english(self, scope: Scope) -> str:
        told = ["was given a code" + (f" of {self.offer}" if self.offer is not None else "")]
        told += [self.words(scope)] if self.words(scope) else []
        if self.redeemed is not None:
            told.append("and used it" if self.redeemed else "and has not used it")
        if self.expires is not None:
            told.append(f"with expiry {self.expires.words(scope)}")
        return " ".join(told)

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        filters = [*dated(Window(), code.c.issued_at, scope), *self._of()]
        return {
            "last": scope.facts.latest(CODES, code.c.issued_at, *filters),
            "expires": scope.facts.latest(CODES, code.c.expires_at, *filters),
        }

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        if row["last"] is None:
            return "was given no code" + (f" of {self.offer}" if self.offer is not None else "")
        until = f", the longest valid until {scope.show(row['expires'])}" if row["expires"] else ""
        return f"last given a code {scope.told(row['last'])}{until}"

    def hopeless(self, scope: Scope) -> bool:
        never = self.expires is not None and self.expires.empty(scope, past=False)
        return self.barren(scope) or never
