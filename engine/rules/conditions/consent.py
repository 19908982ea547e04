"""What they last said about being written to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field
from sqlalchemy import ColumnElement

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Given, Words
from engine.rules.ranges import Claim, claim, points
from engine.rules.scope import Scope
from engine.rules.sources import customer
from engine.store.consent import status


@CONDITIONS.register("consent")
class ConsentCondition(Condition):
    """What they last said about being written to by a channel, or about a topic.

    A topic that they were never asked about is the channel's; `unknown` is whoever was never asked at all.
    """

    key: ClassVar[str] = "consent"
    example: ClassVar[str] = "consent: {channel: email, topic: news, is: subscribed}"

    channel: Literal["email", "sms"]
    topic: Given[Words] = None
    is_: Literal["subscribed", "unsubscribed", "unknown"] = Field(alias="is")

    # Looked up for each customer that gets so far: cheaper than settling everybody's, on both databases.
    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return self._status(scope) == self.is_

    def _status(self, scope: Scope) -> ColumnElement[str]:
        as_of = scope.horizon if scope.cut_ledger else None
        return status(customer.c.customer_id, self.channel, self.topic or "", as_of)

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        return {"status": self._status(scope)}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        return "never asked" if row["status"] == "unknown" else str(row["status"])

    def english(self, scope: Scope) -> str:
        about = f" about {self.topic}" if self.topic else ""
        return f"consent to {self.channel}{about} is {self.is_}"

    def denied(self, scope: Scope) -> str:
        return self.english(scope).removesuffix(self.is_) + f"not {self.is_}"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        yield claim(("consent", self.channel, self.topic or ""), points([self.is_]), holds)
