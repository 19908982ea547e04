"""What a predicate says of a customer who has no rows in a source: true, false, or that depends.

Where every rule of a statement says false, the statement can begin with the source's own pass, and
customers without such rows need not be looked at.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    False_,
    Grouping,
    Null,
    True_,
    UnaryExpression,
)
from sqlalchemy.sql.functions import coalesce

from engine.rules.facts import FactColumn

#: It depends on more than the absence of rows.
_OPEN = object()
_PLAIN: dict[Any, Callable[[Any, Any], Any]] = {
    one: one
    for one in (
        operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
        operator.add, operator.sub, operator.mul,
    )
}  # fmt: skip


def false_without(predicate: ColumnElement[bool], source: str) -> bool:
    """Whether nobody without rows in that source can pass. False also when it cannot be told."""
    return _value(predicate, source) in (False, None)


def _value(part: Any, source: str) -> Any:
    """The value with every fact of the source NULL: a plain value, None for NULL, or `_OPEN`."""
    if isinstance(part, FactColumn):
        return None if part.source == source else _OPEN
    if isinstance(part, (True_, False_)):
        return isinstance(part, True_)
    if isinstance(part, Null):
        return None
    if isinstance(part, BindParameter):
        return part.value
    if isinstance(part, Grouping):
        return _value(part.element, source)
    if isinstance(part, coalesce):
        return _coalesced([_value(one, source) for one in part.clauses])
    return _operation(part, source)


def _operation(part: Any, source: str) -> Any:
    if isinstance(part, BooleanClauseList):
        return _several([_value(one, source) for one in part.clauses], part.operator is operators.or_)
    if isinstance(part, UnaryExpression) and part.operator is operators.inv:
        value = _value(part.element, source)
        return value if value is None or value is _OPEN else not value
    if isinstance(part, BinaryExpression):
        return _binary(part.operator, _value(part.left, source), _value(part.right, source))
    return _OPEN


def _coalesced(values: list[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _several(values: list[Any], any_of: bool) -> Any:
    """`and`, `or` in SQL's three values, and a fourth for what is not known."""
    if any_of in values:
        return any_of
    if _OPEN in values:
        return _OPEN
    return None if None in values else not any_of


def _binary(operation: Any, left: Any, right: Any) -> Any:
    if operation in (operators.is_, operators.is_not):
        if left is _OPEN or right is not None:
            return _OPEN
        return (left is None) == (operation is operators.is_)
    if left is None or right is None:
        return None
    if left is _OPEN or right is _OPEN or operation not in _PLAIN:
        return _OPEN
    return _PLAIN[operation](left, right)
