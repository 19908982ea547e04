"""Tags that the shop put on a customer."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ColumnElement, and_, false

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.scope import Scope
from engine.rules.sources import TAGS, tag
from engine.rules.text_test import TextTest


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
        return f"a tag {self.words()}" if self.exists is not False else "no tag"

    def hopeless(self, scope: Scope) -> bool:
        return self.empty()
