"""What they did some time ago, and have not followed up: a cart that was left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import model_validator
from sqlalchemy import ColumnElement, and_, or_

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Given, Length, Words, total
from engine.rules.occurrences import latest
from engine.rules.scope import Scope


@CONDITIONS.register("after_event")
class AfterEvent(Condition):
    """The latest event of one name was between `within` and `waited` ago, and no other one came after it.

    `but_not` names the event that must not have come since; one at the very same instant did not come
    after. Without `waited` it may have been just now, without `within` any time ago. An imported
    completed order is also the event `order_placed`.
    """

    key: ClassVar[str] = "after_event"
    example: ClassVar[str] = (
        "after_event: {did: cart_updated, but_not: order_placed, waited: 1 hour, within: 1 day}"
    )

    did: Words
    but_not: Given[Words] = None
    waited: Given[Length] = None
    within: Given[Length] = None

    @model_validator(mode="after")
    def _two_events(self) -> Self:
        if self.but_not == self.did:
            raise ValueError("did and but_not name one event, and the latest one has none of its kind after it")
        return self

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        did = latest(scope, self.did)
        bounds = [did <= scope.back(self.waited)] if self.waited is not None else [did.is_not(None)]
        if self.within is not None:
            bounds.append(did >= scope.back(self.within))
        if self.but_not is not None:
            since = latest(scope, self.but_not)
            bounds.append(or_(since.is_(None), since <= did))
        return total(and_(*bounds))

    def english(self, scope: Scope) -> str:
        low = scope.show(scope.back(self.within)) if self.within is not None else ""
        high = scope.show(scope.back(self.waited)) if self.waited is not None else ""
        when = f"between {low} and {high or scope.show(scope.as_of)}" if low else f"by {high}" if high else ""
        told = " ".join(filter(None, [f"did {self.did} last", when, self._lengths()]))
        return told + (f", and no {self.but_not} since" if self.but_not is not None else "")

    def _lengths(self) -> str:
        if self.waited is None or self.within is None:
            one = self.waited or self.within
            return f"({'at least' if self.waited is not None else 'within'} {one})" if one is not None else ""
        return f"({self.waited} to {self.within} ago)"

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        found = {"did": latest(scope, self.did)}
        return found if self.but_not is None else {**found, "since": latest(scope, self.but_not)}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        if row["did"] is None:
            return f"no {self.did}"
        told = f"{self.did} {scope.told(row['did'])}"
        since = row.get("since")
        if self.but_not is None:
            return told
        if since is None or since <= row["did"]:
            return f"{told}; no {self.but_not} since"
        return f"{told}; {self.but_not} {scope.told(since)}"

    def hopeless(self, scope: Scope) -> bool:
        if self.within is None:
            return False
        start, end = scope.back(self.within), scope.as_of
        return start >= end or (self.waited is not None and start > scope.back(self.waited))
