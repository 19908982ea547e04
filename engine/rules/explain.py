"""A rule for some customers, clause by clause: true or false, and each one's own value.

One statement asks everything, of the very expressions that the audience is made of. `not` is moved
down to the clauses, so that a tree is made of "all of these" and "at least one of these" only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, case, false, or_, select, true

from engine.rules.condition import Condition
from engine.rules.scope import Scope
from engine.rules.sources import customer

#: How many customers one statement is asked about.
SOME = 500
#: How many values a segment shows.
_SHOWN = 2
_HEADS = {"all": "all of these", "any": "at least one of these"}


@dataclass(frozen=True)
class Truth:
    """One clause for one customer: the sentence, whether it is so, and what the customer's own value is.

    `joined` says how `children` make it: `all` of them, `any` of them, or a `segment` whose rule they
    are; `there`, that the first of them says the customer did not exist yet. A clause that stands under
    a `none` is told as its opposite, and `opposite` is what it was.
    """

    text: str
    holds: bool
    value: str = ""
    children: tuple[Truth, ...] = ()
    joined: Literal["", "all", "any", "segment", "there"] = ""
    opposite: str = ""

    def decisive(self) -> tuple[Truth, ...]:
        """The clauses because of which it holds, or does not: the ones to name in a sentence."""
        if self.joined in ("", "segment") or not self.children:
            return (self,)
        if self.joined == "there":
            return self.children[:1]
        some = [one for one in self.children if one.holds == self.holds]
        return tuple(clause for one in some for clause in one.decisive())

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Truth]]:
        """Its clauses in the order of reading, with their depth; an outermost `all` is not told."""
        if depth == 0 and self.joined in ("all", "there"):
            for one in self.children:
                yield from one._within(0)
        else:
            yield from self._within(depth)

    def _within(self, depth: int) -> Iterator[tuple[int, Truth]]:
        yield depth, self
        for one in self.children:
            yield from one._within(depth + 1)


def truths(
    connection: Connection, condition: Condition, scope: Scope, customer_ids: Sequence[str]
) -> dict[str, Truth]:
    """The rule's tree for each of some customers, by their id; nothing for an unknown one."""
    found: dict[str, Truth] = {}
    for start in range(0, len(customer_ids), SOME):
        statement = select_truths(condition, scope, customer_ids[start : start + SOME])
        for row in connection.execute(statement).mappings():
            found[row["customer_id"]] = truth(condition, scope, dict(row))
    return found


def select_truths(condition: Condition, scope: Scope, customer_ids: Sequence[str]) -> Select[Any]:
    """One statement: for each of these customers, every clause's truth and what shows it.

    It has the columns `customer_id`, `there` (whether the customer exists at `as_of`), and for the
    clauses in the order of reading `t0`, `t1`, ... and their evidence, `e0_last`, ...
    """
    scope = replace(scope.fresh(), only=tuple(customer_ids))
    columns: list[ColumnElement[Any]] = [_told(_there(scope)).label("there")]
    for number, (clause, inside) in enumerate(_nodes(condition, scope)):
        columns.append(_told(clause.sql(inside)).label(f"t{number}"))
        columns += [column.label(f"e{number}_{name}") for name, column in clause.evidence(inside).items()]
    tables = scope.facts.tables(scope.horizon, scope.only)
    rows = tables.before(customer)
    for _, facts in tables.each:
        rows = rows.outerjoin(facts, facts.c.customer_id == customer.c.customer_id)
    statement = select(customer.c.customer_id, *columns).select_from(rows)
    return tables.within(statement.where(customer.c.customer_id.in_(scope.only or ())))


def truth(condition: Condition, scope: Scope, row: Mapping[str, Any]) -> Truth:
    """The tree that a row of `select_truths` tells, in words."""
    numbers = iter(range(len(list(_nodes(condition, scope)))))
    tree = _tree(condition, scope, row, numbers, denied=False)
    if row["there"]:
        return tree
    text = f"a customer before {scope.show(scope.horizon)}"
    there = Truth(text, holds=False, value="not a customer yet")
    children = (there, *(tree.children if tree.joined == "all" else (tree,)))
    return Truth(_HEADS["all"], holds=False, children=children, joined="there")


def clauses(condition: Condition, scope: Scope) -> Iterator[Condition]:
    """The rule's conditions, those of its segments among them, in the order of reading."""
    return (clause for clause, _ in _nodes(condition, scope))


def turns(
    condition: Condition, scope: Scope, row: Mapping[str, Any], times: Sequence[datetime]
) -> set[datetime] | None:
    """The later instants at which the rule may turn for the customer whose row of `select_truths` that is.

    `times` are the customer's own dates. None: it turns on what others do, and nobody can know when.
    """
    found: set[datetime] = set()
    for number, (clause, inside) in enumerate(_nodes(condition, scope)):
        some = clause.turns(_own(row, number), times, inside)
        if some is None:
            return None
        found.update(one for one in some if one > scope.as_of)
    return found


def _own(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    prefix = f"e{number}_"
    return {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}


def _nodes(condition: Condition, scope: Scope) -> Iterator[tuple[Condition, Scope]]:
    """The condition and all that it is made of, segments unfolded, in the order of reading."""
    yield condition, scope
    for part, inside in condition.unfolded(scope):
        yield from _nodes(part, inside)


def _tree(
    condition: Condition, scope: Scope, row: Mapping[str, Any], numbers: Iterator[int], denied: bool
) -> Truth:
    number = next(numbers)
    holds = bool(row[f"t{number}"]) != denied
    joined, turned = _JOINED.get(condition.key, ("", False))
    parts = [
        _tree(part, inside, row, numbers, denied=denied != turned and joined != "segment")
        for part, inside in condition.unfolded(scope)
    ]
    if joined in _HEADS:
        return _group("any" if (joined == "any") != denied else "all", holds, parts)
    value = condition.witnessed(_own(row, number), scope) or _of_parts(parts)
    if denied:
        opposite = condition.english(scope)
        return Truth(condition.denied(scope), holds, value, tuple(parts), joined, opposite)
    return Truth(condition.english(scope), holds, value, tuple(parts), joined)


def _of_parts(parts: Sequence[Truth]) -> str:
    """What shows it for a segment: the values of the clauses that decide it, the first few."""
    told = [one.value for part in parts for one in part.decisive() if one.value]
    return "; ".join(list(dict.fromkeys(told))[:_SHOWN])


#: How a condition's parts make it, and whether it turns them round: `none` is all of their opposites.
_JOINED: Mapping[str, tuple[Literal["", "all", "any", "segment"], bool]] = {
    "all": ("all", False),
    "any": ("any", False),
    "none": ("all", True),
    "segment": ("segment", False),
}


def _group(joined: Literal["all", "any"], holds: bool, parts: Sequence[Truth]) -> Truth:
    """The parts under one head; a group of the same kind within it is the same group."""
    if len(parts) == 1:
        return parts[0]
    children: list[Truth] = []
    for part in parts:
        children += part.children if part.joined == joined else (part,)
    return Truth(_HEADS[joined], holds, "", tuple(children), joined)


def _told(predicate: ColumnElement[bool]) -> ColumnElement[bool]:
    return case((predicate, true()), else_=false())


def _there(scope: Scope) -> ColumnElement[bool]:
    return or_(customer.c.created_at.is_(None), customer.c.created_at < scope.horizon)
