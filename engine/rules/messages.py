"""Conditions over our own ledger: what was sent to a customer, and what became of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from sqlalchemy import ColumnElement

from engine.rules.condition import Condition
from engine.rules.facts import Source
from engine.rules.forms import Given, Words, reading
from engine.rules.number_test import CountTest
from engine.rules.ranges import COUNTS, NONE, Claim, Counted, claim
from engine.rules.scope import Scope
from engine.rules.time_test import Bound, Window

Filters = list[ColumnElement[bool]]

THIS = "this"


def _named(name: str, info: ValidationInfo) -> str:
    """`this` is resolved where the rule is read: nothing after it need know whose rule it is."""
    if name != THIS:
        return name
    itself = reading(info).campaign
    if not itself:
        raise ValueError(
            "`campaign: this` means the campaign that the rule stands in, and a segment stands in none; "
            "write the campaign's name"
        )
    return itself


CampaignName = Annotated[Words, AfterValidator(_named)]


def dated(window: Window, column: ColumnElement[Any], scope: Scope) -> Filters:
    """The filters on rows of the ledger: it is cut at `as_of` only for whoever asked for a past instant."""
    found = window.rows(column, scope)
    if scope.cut_ledger:
        return [*found, column < scope.horizon]
    ends_now = Bound("<", scope.as_of) in window.bounds(scope)
    return [*found, column < scope.as_of] if ends_now else found


class Messages(Window, Condition):
    """Messages in a window; without `count`, at least one."""

    #: What they did with them, as in `received a message`.
    verb: ClassVar[str]

    campaign: Given[CampaignName] = None
    channel: Given[Literal["email", "sms"]] = None
    count: CountTest = CountTest.some()

    @classmethod
    def spelled(cls, value: Any) -> Any:
        return {"campaign": value} if isinstance(value, str) else value

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        return [{"type": "string"}]

    @property
    @abstractmethod
    def source(self) -> Source:
        """Where the messages are read."""

    @property
    @abstractmethod
    def at(self) -> ColumnElement[Any]:
        """When it happened."""

    @abstractmethod
    def which(self) -> Filters:
        """The rows that are such messages, whatever the window."""

    @property
    def message(self) -> ColumnElement[str] | None:
        """What names the message, where one may have several rows."""
        return None

    def _of(self) -> Filters:
        rows, found = self.source.rows.c, self.which()
        if self.campaign is not None:
            found.append(rows.campaign == self.campaign)
        if self.channel is not None:
            found.append(rows.channel == self.channel)
        return found

    def _count(self, scope: Scope, filters: Filters) -> ColumnElement[int]:
        if self.message is None or self.count.asks_only_some:
            return scope.facts.count(self.source, *filters)
        return scope.facts.count_distinct(self.source, self.message, *filters)

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return self.count.passes(self._count(scope, [*dated(self, self.at, scope), *self._of()]))

    def campaigns(self) -> set[str]:
        return {self.campaign} if self.campaign is not None else set()

    def english(self, scope: Scope) -> str:
        if self.count.asks_only_some:
            what = "a message"
        elif self.count.is_ == 0:
            what = "no message"
        else:
            number = self.count.words()
            what = f"{number} message" if number.endswith(" 1") else f"{number} messages"
        return " ".join(filter(None, [self.verb, what, self._whose(), self.words(scope)]))

    def _whose(self) -> str:
        of = f"of {self.campaign}" if self.campaign is not None else ""
        by = f"by {self.channel}" if self.channel is not None else ""
        return " ".join(filter(None, [of, by]))

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        ever = [*dated(Window(), self.at, scope), *self._of()]
        return {
            "count": self._count(scope, [*dated(self, self.at, scope), *self._of()]),
            "last": scope.facts.latest(self.source, self.at, *ever),
        }

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        if row["last"] is None:
            return " ".join(filter(None, [f"{self.verb} none", self._whose()]))
        number = f"{row['count']:,} such; " if self.bounds(scope) or not self.count.asks_only_some else ""
        return f"{number}last {self.verb} {scope.told(row['last'])}"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        window = self.range(scope, past=False)
        counted = self.count.range() & (NONE if window.empty else COUNTS)
        yield claim(Counted((self.key, self.campaign, self.channel), window), counted, holds, COUNTS)

    def hopeless(self, scope: Scope) -> bool:
        return self.count.impossible() or (self.barren(scope) and not self.count.holds(0))
