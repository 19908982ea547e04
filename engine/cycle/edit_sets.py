"""Whom two versions of a rule match, as sets; the plan evaluates both, of all campaigns, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import SkipValidation
from sqlalchemy import ColumnElement, Connection, Table, and_, func, not_, select

from engine.cycle.edit_past import Ruled
from engine.rules.condition import Condition
from engine.rules.explain import Truth, truths
from engine.rules.scope import Scope
from engine.store.database import table
from engine.store.people import Customer
from engine.vocabulary import Channel

customer = table(Customer)

Move = Literal["left", "stayed", "entered"]
MOVES: tuple[Move, ...] = ("left", "stayed", "entered")


class _Pinned(Condition):
    """A rule among its own segments, so that an old and a new `staff` stand in one statement."""

    key: ClassVar[str] = "pinned"
    rule: Annotated[Condition, SkipValidation]
    known: Annotated[Mapping[str, Condition], SkipValidation]

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return self.rule.sql(replace(scope, segments=self.known))

    def english(self, scope: Scope) -> str:
        return self.rule.english(replace(scope, segments=self.known))


def pinned(rule: Ruled) -> Condition:
    """The rule as a condition that stands among its own segments."""
    return _Pinned(rule=rule.audience, known=rule.segments)


@dataclass(frozen=True)
class Sets:
    """One campaign's people in the plan's table of verdicts: by the rule now, and as it ran."""

    verdicts: Table
    number: int

    def _where(self, move: Move) -> ColumnElement[bool]:
        now, was = (self.verdicts.c[f"{side}{self.number}"] for side in ("r", "was"))
        if move == "stayed":
            return and_(was, now)
        return and_(now, not_(was)) if move == "entered" else and_(was, not_(now))

    def counts(self, connection: Connection) -> dict[Move, int]:
        counted = [func.count().filter(self._where(move)) for move in MOVES]
        row = connection.execute(select(*counted).select_from(self.verdicts)).one()
        return dict(zip(MOVES, row, strict=True))

    def people(
        self, connection: Connection, move: Move, channel: Channel, limit: int | None
    ) -> list[dict[str, Any]]:
        """Who they are, in the order of their ids."""
        address = customer.c.phone if channel is Channel.SMS else customer.c.email
        rows = (
            select(customer.c.customer_id, customer.c.first_name, customer.c.last_name, address.label("to"))
            .join(self.verdicts, self.verdicts.c.customer_id == customer.c.customer_id)
            .where(self._where(move))
            .order_by(self.verdicts.c.customer_id)
        )
        found = connection.execute(rows if limit is None else rows.limit(limit))
        return [
            {
                "customer_id": row.customer_id,
                "name": " ".join(part for part in (row.first_name, row.last_name) if part),
                "to": row.to,
                "because": "",
            }
            for row in found
        ]


def because(connection: Connection, rule: Ruled, within: Scope, ids: Sequence[str]) -> dict[str, str]:
    """What keeps each of these out of the rule: the clauses that fail, each with the customer's own value."""
    scope = replace(within, segments=rule.segments, undated=True)
    found = truths(connection, rule.audience, scope, ids)
    return {one: "; ".join(dict.fromkeys(_decisive(tree))) for one, tree in found.items()}


def _decisive(tree: Truth) -> list[str]:
    """The clauses that decide it; those of a segment's rule behind the segment's name."""
    if tree.joined == "segment":
        return [f"{tree.text}: {clause}" for part in tree.children for clause in _decisive(part)]
    if not tree.children:
        return [f"{tree.text} ({tree.value})" if tree.value else tree.text]
    return [clause for one in tree.children if one.holds == tree.holds for clause in _decisive(one)]
