"""The longest text that an expression in a template can give, as far as it can be seen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from jinja2 import nodes

from engine.compose import worst
from engine.compose.filters import is_persian, number_of, price
from engine.compose.longest import AMOUNTS, NUMBER, OTHERS, TURNS
from engine.compose.scopes import field_of
from engine.compose.worst import EMPTY, Worst
from engine.money import exponent

_DATES = {True: "۳۰ اردیبهشت ۱۴۰۵", False: "30 September 2026"}
_MOST_STEPS = 20_000
_COUNTS = frozenset("abs count days_ago days_until float int length round wordcount sum".split())


class TooMuch(Exception):
    """The template is too involved for an estimate."""


@dataclass(frozen=True)
class Given:
    """What a letter is filled with: by `name.field` the longest values, and how amounts are written."""

    values: Mapping[str, Sequence[str]]
    language: str = "en"
    currency: str = "EUR"
    tomans: bool = False

    @property
    def is_persian(self) -> bool:
        return is_persian(self.language)


#: A text, a part that can be called, the blocks that `super()` stands for, or another name of a record.
Value = Worst | nodes.Macro | nodes.CallBlock | tuple[nodes.Block, ...] | str
Names = dict[str, Value]


class Expressions(ABC):
    """Works out expressions; what calls a part goes back to the statements."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._steps = 0
        #: The values that came up, as `name.field`.
        self.used: set[str] = set()

    @abstractmethod
    def called(self, part: Value, arguments: Names, names: Names) -> Worst:
        """What the part writes when it is called with these."""

    def step(self) -> None:
        """Raises TooMuch where parts that call parts grow without end."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooMuch

    def value(self, node: nodes.Node | None, names: Names) -> Worst:
        """The longest that the expression can be."""
        self.step()
        if isinstance(node, nodes.TemplateData):
            return worst.of([node.data])
        if isinstance(node, nodes.Const):
            return worst.of(["" if node.value is None else str(node.value)])
        if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            return self._named(node, names)
        if isinstance(node, nodes.Filter):
            return self._filtered(node, names)
        if isinstance(node, nodes.Call):
            return self._call(node, names)
        if isinstance(node, nodes.Concat):
            return _joined(self.value(one, names) for one in node.nodes)
        if isinstance(node, nodes.CondExpr):
            return self.value(node.expr1, names).either(self.value(node.expr2, names))
        if isinstance(node, nodes.BinExpr):
            return self._two(node, names)
        return EMPTY if node is None else worst.of(["False"])

    def _two(self, node: nodes.BinExpr, names: Names) -> Worst:
        left, right = self.value(node.left, names), self.value(node.right, names)
        if isinstance(node, nodes.And | nodes.Or):
            return left.either(right)
        if isinstance(node, nodes.Mul) and isinstance(node.right, nodes.Const):
            number = node.right.value
            return left.times(number) if isinstance(number, int) and not left.text.isdecimal() else left
        return left.then(right)

    def _named(self, node: nodes.Name | nodes.Getattr | nodes.Getitem, names: Names) -> Worst:
        if isinstance(node, nodes.Name):
            known = names.get(node.name)
            return known if isinstance(known, Worst) else self._of(node.name)
        field = field_of(node)
        if field:
            return self._of(f"{self._path(node.node, names)}.{field}")
        inner = self.value(node.node, names)
        stop = (
            node.arg.stop if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice) else None
        )
        if isinstance(stop, nodes.Const) and isinstance(stop.value, int) and stop.value >= 0:
            most = stop.value
            return inner.changed(lambda text: text[:most])
        return inner

    def _path(self, node: nodes.Node, names: Names) -> str:
        if isinstance(node, nodes.Name):
            known = names.get(node.name)
            return known if isinstance(known, str) else node.name
        return f"{self._path(node.node, names)}.{field_of(node)}" if _has_field(node) else ""

    def _of(self, path: str) -> Worst:
        self.used.add(path)
        if path in self._given.values:
            return worst.of(self._given.values[path])
        name = path.rpartition(".")[2]
        if name in ("amount", "total_spent", "monthly_price"):
            return worst.of([AMOUNTS[exponent(self._given.currency)]])
        if name in ("orders_count", "index", "length", "max_segments"):
            return worst.of([NUMBER])
        if name == "language" or name == "locale":
            return worst.of([self._given.language])
        return worst.of(["M" * OTHERS])

    def _filtered(self, node: nodes.Filter, names: Names) -> Worst:
        inner = self.value(node.node, names)
        first = node.args[0] if node.args else None
        if node.name in ("default", "d"):
            return inner.either(self.value(first, names))
        if node.name == "date":
            return worst.of([_DATES[self._given.is_persian]])
        if node.name == "money":
            return self._money(inner, first)
        if node.name == "number":
            return worst.of([number_of(int(_digits(inner)), self._given.is_persian)])
        if node.name in _COUNTS:
            return inner if inner.text.isdecimal() else worst.of([NUMBER])
        if node.name == "truncate" and isinstance(first, nodes.Const) and isinstance(first.value, int):
            most = max(first.value, 0) + 5
            return inner.changed(lambda text: text[:most])
        if node.name == "join":
            return inner.then(self.value(first, names)).times(TURNS)
        return inner

    def _money(self, inner: Worst, currency: nodes.Node | None) -> Worst:
        code = currency.value if isinstance(currency, nodes.Const) else self._given.currency
        code = code if isinstance(code, str) else self._given.currency
        return worst.of([price(int(_digits(inner)), code, self._given.is_persian, self._given.tomans)])

    def _call(self, node: nodes.Call, names: Names) -> Worst:
        called = node.node
        if isinstance(called, nodes.Name):
            part = names.get(called.name)
            if isinstance(part, nodes.Macro | nodes.CallBlock | tuple):
                return self.called(part, self._arguments(part, node, names), names)
        elif _has_field(called):
            part = names.get(self._path(called, names))
            if isinstance(part, nodes.Macro):
                return self.called(part, self._arguments(part, node, names), names)
            if field_of(called) == "cycle":
                values = [self.value(one, names) for one in node.args]
                return worst.of(text for one in values for text in (one.plain, one.wide) if text is not None)
            return self.value(called.node, names)  # a text's own method gives no more than there is
        return worst.of(["M" * OTHERS])

    def _arguments(self, part: Value, node: nodes.Call, names: Names) -> Names:
        """What a part's own names stand for in this call."""
        takes = part.args if isinstance(part, nodes.Macro | nodes.CallBlock) else []
        defaults = part.defaults if isinstance(part, nodes.Macro | nodes.CallBlock) else []
        given: Names = {
            one.name: self.value(value, names)
            for one, value in zip(takes[len(takes) - len(defaults) :], defaults, strict=True)
        }
        given |= {one.name: self.value(value, names) for one, value in zip(takes, node.args, strict=False)}
        return given | {pair.key: self.value(pair.value, names) for pair in node.kwargs}


def turns(node: nodes.Node) -> int:
    """How often a loop over it runs at most, where that is written; else as is assumed."""
    if isinstance(node, nodes.List | nodes.Tuple):
        return len(node.items)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
        stop = node.arg.stop
        return stop.value if isinstance(stop, nodes.Const) and isinstance(stop.value, int) else TURNS
    is_range = (
        isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "range"
    )
    numbers = [one.value for one in node.args if isinstance(one, nodes.Const)] if is_range else []  # type: ignore[attr-defined]
    bound = numbers[-1] if len(numbers) == 1 else numbers[1] if numbers else TURNS
    return min(bound, 1000) if isinstance(bound, int) else TURNS


def _has_field(node: nodes.Node) -> TypeGuard[nodes.Getattr | nodes.Getitem]:
    return isinstance(node, nodes.Getattr | nodes.Getitem) and bool(field_of(node))


def _joined(parts: Iterable[Worst]) -> Worst:
    made = EMPTY
    for part in parts:
        made = made.then(part)
    return made


def _digits(inner: Worst) -> str:
    return inner.text if inner.text.isdecimal() and len(inner.text) < 16 else NUMBER
