"""Who matches which rule, in a temporary table that one statement fills: what `check --data` counts in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, and_, func, select

from engine.cycle.plan import verdict_table
from engine.rules.campaign import Campaign, Segment
from engine.rules.compiler import select_verdicts
from engine.rules.loader import RuleBook
from engine.rules.scope import Scope
from engine.store.database import table
from engine.store.people import Customer

Rule = Segment | Campaign
R = TypeVar("R", bound=Rule)
_CUSTOMER = table(Customer)
#: So many columns are asked for in one statement.
_COLUMNS = 400


class Matched:
    """The rules of a book on a connection that has `self.table`."""

    def __init__(self, book: RuleBook) -> None:
        self.rules: list[Rule] = [*book.campaigns.values(), *book.segments.values()]
        self.table: Table = verdict_table(len(self.rules))

    def fill(self, connection: Connection, scope: Scope) -> None:
        """Evaluates all the rules in one pass."""
        asked = {f"r{number}": rule.clause for number, rule in enumerate(self.rules)}
        if asked:
            statement = select_verdicts(asked, scope)
            connection.execute(self.table.insert().from_select(["customer_id", *asked], statement))

    def people(self, rule: Rule) -> Select[Any]:
        """The ids of those who match."""
        return select(self.table.c.customer_id).where(self._column(rule))

    def sizes(self, connection: Connection) -> list[tuple[Rule, int]]:
        """How many match each rule."""
        found: list[tuple[Rule, int]] = []
        for some in _chunks(self.rules):
            counted = select(*(func.count().filter(self._column(rule)) for rule in some))
            found += zip(some, connection.execute(counted).one(), strict=True)
        return found

    def pairs(self, connection: Connection, rules: Sequence[R]) -> Iterator[tuple[R, R, int]]:
        """How many match both of each two of the rules."""
        for some in _chunks(list(combinations(rules, 2))):
            both = (and_(self._column(one), self._column(other)) for one, other in some)
            counted = select(*(func.count().filter(pair) for pair in both))
            for (one, other), number in zip(some, connection.execute(counted).one(), strict=True):
                yield one, other, number

    def _column(self, rule: Rule) -> Any:
        number = next(number for number, one in enumerate(self.rules) if one is rule)
        return self.table.c[f"r{number}"]


def everybody(connection: Connection, scope: Scope) -> int:
    """How many customers there are."""
    there = _CUSTOMER.c.created_at.is_(None) | (_CUSTOMER.c.created_at < scope.as_of)
    return connection.execute(select(func.count()).select_from(_CUSTOMER).where(there)).scalar_one()


def _chunks(listed: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(listed), _COLUMNS):
        yield listed[start : start + _COLUMNS]
