"""What was sent to them."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from engine.rules.condition import CONDITIONS
from engine.rules.facts import Source
from engine.rules.messages import Filters, Messages
from engine.rules.sources import MESSAGES, delivery
from engine.vocabulary import State


@CONDITIONS.register("received")
class Received(Messages):
    """Messages that the provider took, dated when it did; whether they arrived is the provider's to know.

    Without `count`, at least one.
    """

    key: ClassVar[str] = "received"
    example: ClassVar[str] = "received: {campaign: win-back, channel: email, within: 30 days}"
    verb: ClassVar[str] = "received"

    @property
    def source(self) -> Source:
        return MESSAGES

    @property
    def at(self) -> ColumnElement[Any]:
        return delivery.c.settled_at

    def which(self) -> Filters:
        return [delivery.c.state == State.ACCEPTED.value]
