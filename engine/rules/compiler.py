"""One statement for one rule or for many: facts in one grouped pass a table, predicates over them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, and_, or_, select

from engine.rules.condition import Condition
from engine.rules.scope import Scope
from engine.store.database import table
from engine.store.people import Customer

__all__ = ["Scope", "select_ids", "select_verdicts"]

_customer = table(Customer)


def select_ids(condition: Condition, scope: Scope) -> Select[tuple[str]]:
    """One statement whose only column is the customer_id of everyone who matches."""
    scope = scope.fresh()
    return select(_customer.c.customer_id).where(_there(scope), condition.sql(scope))


def select_verdicts(conditions: Mapping[str, Condition], scope: Scope) -> Select[tuple[object, ...]]:
    """customer_id and a boolean column for each name; rows where any is true."""
    scope = scope.fresh()
    verdicts = {name: condition.sql(scope) for name, condition in conditions.items()}
    columns = [verdict.label(name) for name, verdict in verdicts.items()]
    return select(_customer.c.customer_id, *columns).where(and_(_there(scope), or_(*verdicts.values())))


def _there(scope: Scope) -> ColumnElement[bool]:
    """A customer created at or after `as_of` does not exist yet."""
    return or_(_customer.c.created_at.is_(None), _customer.c.created_at < scope.as_of)
