"""What they did some time ago, and have not followed up: a cart that was left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, or_

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Given, Length, Words, total
from engine.rules.mentions import Mention, named
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

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        did = latest(scope, self.did)
        bounds: list[ColumnElement[bool]] = [did.is_not(None)]
        if self.waited is not None:
            bounds.append(did <= scope.back(self.waited))
        if self.within is not None:
            bounds.append(did >= scope.back(self.within))
        if self.but_not is not None:
            since = latest(scope, self.but_not)
            bounds.append(or_(since.is_(None), since <= did))
        return total(and_(*bounds))

    def english(self, scope: Scope) -> str:
        told = " ".join(filter(None, [f"did {self.did} last", *self._when(scope)]))
        return told + (f", and no {self.but_not} since" if self.but_not is not None else "")

    def _when(self, scope: Scope) -> list[str]:
        """The bounds as dates, and then as they are written."""
        high = scope.back(self.waited) if self.waited is not None else scope.as_of
        dates, lengths = f"by {scope.show(high)}", f"at least {self.waited} ago"
        if self.within is not None:
            dates = f"between {scope.show(scope.back(self.within))} and {scope.show(high)}"
            lengths = f"{self.waited} to {self.within} ago" if self.waited else f"within {self.within}"
        if self.within is None and self.waited is None:
            return []
        return [lengths] if scope.undated else [dates, f"({lengths})"]

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

    def mentions(self) -> Iterator[Mention]:
        yield from named("event", self.did)
        yield from named("event", self.but_not)

    def hopeless(self, scope: Scope) -> bool:
        if self.within is None:
            return False
        start, end = scope.back(self.within), scope.as_of
        return start >= end or (self.waited is not None and start > scope.back(self.waited))
