"""What they clicked."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import ColumnElement, not_

from engine.rules.condition import CONDITIONS
from engine.rules.facts import Source
from engine.rules.messages import Filters, Messages
from engine.rules.sources import REPLIES, reply
from engine.vocabulary import EventKind


@CONDITIONS.register("clicked")
class Clicked(Messages):
    """Messages in which they clicked a link; what a machine clicked does not count.

    It is asked of messages, not of how often each was clicked; without `count`, at least one.
    """

    key: ClassVar[str] = "clicked"
    example: ClassVar[str] = "clicked: {channel: email, within: 90 days, count: {at_least: 2}}"
    verb: ClassVar[str] = "clicked"

    @property
    def source(self) -> Source:
        return REPLIES

    @property
    def at(self) -> ColumnElement[Any]:
        return reply.c.at

    @property
    def message(self) -> ColumnElement[str]:
        return reply.c.dedupe_key

    def which(self) -> Filters:
        return [reply.c.kind == EventKind.CLICKED.value, not_(reply.c.bot)]
