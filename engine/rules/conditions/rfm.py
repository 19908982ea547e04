"""Recency, frequency and money: scores from 1 to 5, and the groups that they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import model_validator
from pydantic.json_schema import JsonSchemaValue
from sqlalchemy import ColumnElement, and_, case, false, not_, or_, true

from engine.rfm import GROUPS, PARTS, SCORES, Scores, group_of
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.facts import whose
from engine.rules.forms import Given, Words, total
from engine.rules.number_test import NumberTest
from engine.rules.purchases import COMPLETED, bought_in
from engine.rules.ranges import KNOWN, Claim, before, counts, points, span
from engine.rules.scope import Scope
from engine.rules.sources import ORDERS, order
from engine.rules.standings import Keys, Line, part_start, reaches
from engine.rules.time_test import past
from engine.text import did_you_mean


@CONDITIONS.register("rfm")
class Rfm(Condition):
    """Scores from 1 to 5 for the last order, the number of orders and the money spent; 5 is best.

    Everybody with a completed order is sorted and cut into five equal parts, ties by customer id. Scores
    are tested by number, or by the name of a group: champions, cannot_lose, loyal, at_risk, new,
    promising, hibernating, of which a customer is in the first that fits. Whoever ordered nothing has no
    scores.
    """

    key: ClassVar[str] = "rfm"
    example: ClassVar[str] = "rfm: {recency: {at_least: 4}, frequency: {at_most: 2}}"

    group: Given[Words] = None
    recency: Given[NumberTest] = None
    frequency: Given[NumberTest] = None
    monetary: Given[NumberTest] = None

    @classmethod
    def spelled(cls, value: Any) -> Any:
        return {"group": value} if isinstance(value, str) else value

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        return [{"enum": list(GROUPS)}]

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.group is not None and self.group not in GROUPS:
            raise ValueError(f"{self.group!r} is no RFM group ({did_you_mean(self.group, GROUPS)})")
        if self.group is None and not self._tests():
            raise ValueError(f"rfm needs scores, like `{self.example}`, or a group, like `rfm: champions`")
        return self

    def _tests(self) -> dict[str, NumberTest]:
        tests = {"recency": self.recency, "frequency": self.frequency, "monetary": self.monetary}
        return {name: test for name, test in tests.items() if test is not None}

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        tests = [_among(name, _passing(test), scope) for name, test in self._tests().items()]
        if self.group is not None:
            tests += _fits(self.group, scope)
        return total(and_(_orders(scope) > 0, *tests))

    def english(self, scope: Scope) -> str:
        told = [f"{name} score {test.words()}" for name, test in self._tests().items()]
        if self.group is not None:
            told.insert(0, f"in the RFM group {self.group}")
        return " and ".join(told)

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        scores = {name: _score(name, scope) for name in SCORES}
        return {"orders": _orders(scope), **scores}

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        if not row["orders"]:
            return "no orders, so no scores"
        scores = [int(row[name]) for name in SCORES]
        return f"{', '.join(f'{n} {s}' for n, s in zip(SCORES, scores, strict=True))}: {group_of(scores)}"

    def claims(self, scope: Scope, holds: bool) -> Iterator[Claim]:
        said = [(f"rfm {name}", counts(test.range())) for name, test in self._tests().items()]
        said += [("rfm group", points([self.group]))] if self.group is not None else []
        if not holds:
            yield from (Claim(fact, ~range_) for fact, range_ in said if len(said) == 1)
            return
        scores = zip(SCORES, GROUPS[self.group] if self.group is not None else Scores(), strict=True)
        said += [(f"rfm {name}", span(before(low), before(high + 1))) for name, (low, high) in scores]
        yield from (Claim(*one) for one in said)
        yield from bought_in(past(scope) & KNOWN)

    def hopeless(self, scope: Scope) -> bool:
        return any(not _passing(test) for test in self._tests().values())


def _passing(test: NumberTest) -> list[tuple[int, int]]:
    """The scores that pass, as runs from the lowest to the highest."""
    runs: list[tuple[int, int]] = []
    for score in (one for one in range(1, PARTS + 1) if test.holds(one)):
        joins = runs and runs[-1][1] == score - 1
        runs = [*runs[:-1], (runs[-1][0], score)] if joins else [*runs, (score, score)]
    return runs


def _fits(group: str, scope: Scope) -> list[ColumnElement[bool]]:
    """What the group asks, and that no group before it fits."""
    names = list(GROUPS)
    bounds = {name: _bounded(GROUPS[name], scope) for name in names[: names.index(group) + 1]}
    return [*(not_(bounds[name]) for name in bounds if name != group), bounds[group]]


def _bounded(bounds: Scores, scope: Scope) -> ColumnElement[bool]:
    told = zip(SCORES, bounds, strict=True)
    asked = [_among(name, [(low, high)], scope) for name, (low, high) in told if (low, high) != (1, PARTS)]
    return and_(true(), *asked)


def _among(name: str, runs: list[tuple[int, int]], scope: Scope) -> ColumnElement[bool]:
    """The score is in one of the runs."""
    found = []
    for low, high in runs:
        ends = [_at_least(name, low, scope)] if low > 1 else []
        ends += [not_(_at_least(name, high + 1, scope))] if high < PARTS else []
        found.append(and_(true(), *ends))
    return or_(false(), *found)


def _at_least(name: str, score: int, scope: Scope) -> ColumnElement[bool]:
    """The score is that or better. False where so few have ordered that nobody has it."""
    keys = _keys(name, scope)
    line = Line(keys, (_orders(scope) > 0,), part_start(score, PARTS))
    return total(reaches(keys, scope.facts.mark(ORDERS, line)))


def _score(name: str, scope: Scope) -> ColumnElement[int]:
    return case(*((_at_least(name, score, scope), score) for score in range(PARTS, 1, -1)), else_=1)


def _keys(name: str, scope: Scope) -> Keys:
    """What is sorted by, from the worst to the best."""
    facts = scope.facts
    values: dict[str, ColumnElement[Any]] = {
        "recency": facts.latest(ORDERS, order.c.ordered_at, COMPLETED),
        "frequency": _orders(scope),
        "monetary": facts.total(ORDERS, order.c.amount, COMPLETED, order.c.currency == scope.currency),
    }
    return values[name], whose(ORDERS)


def _orders(scope: Scope) -> ColumnElement[int]:
    return scope.facts.count(ORDERS, COMPLETED)
