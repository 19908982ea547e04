"""Tags that the shop put on a customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, false, func, select

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.mentions import Mention, of_test
from engine.rules.ranges import COUNTS, NONE, SOME, Claim, Each, Some, claim
from engine.rules.scope import Scope
from engine.rules.sources import TAGS, customer, tag
from engine.rules.text_test import TextTest
from engine.text import isolated

#: Between tags that are shown together; no tag has it in it.
_BETWEEN = "\x1f"


@CONDITIONS.register("tag")
class Tag(TextTest, Condition):
    """Some one tag passes; `exists: false` means that there is none."""

    key: ClassVar[str] = "tag"
    example: ClassVar[str] = "tag: [vip, wholesale]"

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        if self.exists is not False:
            return scope.facts.count(TAGS, self.passes(tag.c.tag)) > 0
        untagged = scope.facts.count(TAGS) == 0
        return and_(untagged, false()) if self.empty() else untagged

    def english(self, scope: Scope) -> str:
        if self.exists is False:
            return "no tag"
        only = self.exact() if len(self.given()) == 1 else None
        return f"tagged {' or '.join(map(isolated, only))}" if only else f"a tag {self.words()}"

    def denied(self, scope: Scope) -> str:
        told = self.english(scope)
        return f"not {told}" if told.startswith("tagged") else super().denied(scope)

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        listed = func.aggregate_strings(tag.c.tag, _BETWEEN)
        own = select(listed).where(tag.c.customer_id == customer.c.customer_id)
        return {"own": own.correlate_except(tag).scalar_subquery()}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        tags = sorted((row["own"] or "").split(_BETWEEN)) if row["own"] else []
        return f"tagged {', '.join(map(isolated, tags))}" if tags else "no tags"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        if self.exists is False:
            yield claim("tags", NONE, holds, COUNTS)
        elif holds:
            yield Claim("tags", SOME)
            yield Claim(Some("tag", self.range()), self.range())
        elif not self.loose:
            yield Claim(Each("tag"), ~self.range())

    def mentions(self) -> Iterator[Mention]:
        yield from of_test("tag", self)

    def hopeless(self, scope: Scope) -> bool:
        return self.empty()
