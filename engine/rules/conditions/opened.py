"""What they opened."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import ColumnElement, not_

from engine.rules.condition import CONDITIONS
from engine.rules.facts import Source
from engine.rules.messages import Filters, Messages
from engine.rules.sources import REPLIES, reply
from engine.vocabulary import EventKind


@CONDITIONS.register("opened")
class Opened(Messages):
    """Messages that they opened, as far as a loaded picture can tell; what a machine opened does not count.

    It is asked of messages, not of how often each was opened; without `count`, at least one.
    """

    key: ClassVar[str] = "opened"
    example: ClassVar[str] = "opened: {campaign: win-back, within: 14 days}"
    verb: ClassVar[str] = "opened"

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
        return [reply.c.kind == EventKind.OPENED.value, not_(reply.c.bot)]
