"""One statement for one rule or for many: facts in one grouped pass a table, predicates over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, false, or_, select, true
from sqlalchemy.engine import make_url
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList, False_, Grouping
from sqlalchemy.sql.functions import coalesce

from engine.rules.absence import false_without
from engine.rules.condition import Condition
from engine.rules.facts import Tables
from engine.rules.scope import Scope
from engine.rules.sources import customer
from engine.store.types import unindexed

__all__ = ["Scope", "select_ids", "select_verdicts", "sql_text"]


def select_ids(condition: Condition, scope: Scope) -> Select[Any]:
    """One statement whose only column is the customer_id of everyone who matches."""
    scope = scope.fresh()
    verdict = condition.sql(scope)
    tables = scope.facts.tables(scope.horizon, scope.only)
    rows = _rows(tables, [verdict])
    statement = select(customer.c.customer_id).select_from(rows).where(_there(scope), _met(verdict))
    return tables.within(statement)


def select_verdicts(conditions: Mapping[str, Condition], scope: Scope) -> Select[Any]:
    """customer_id and a boolean column for each name; rows where any is true."""
    scope = scope.fresh()
    verdicts = {name: condition.sql(scope) for name, condition in conditions.items()}
    tables = scope.facts.tables(scope.horizon, scope.only)
    rows = _rows(tables, list(verdicts.values()))
    met = {name: _met(verdict) for name, verdict in verdicts.items()}
    # CASE, because SQLite stops at the first clause that fails only where it branches.
    columns = [case((verdict, true()), else_=false()).label(name) for name, verdict in met.items()]
    statement = select(customer.c.customer_id, *columns).select_from(rows)
    return tables.within(statement.where(_there(scope), or_(*met.values())))


def sql_text(statement: Select[Any], dialect_name: str) -> str:
    """The statement as the database gets it, with its values written out."""
    dialect: Any = make_url(f"{dialect_name}://").get_dialect()
    written = statement.compile(dialect=dialect(paramstyle="named"), compile_kwargs={"literal_binds": True})
    return str(written)


def _met(predicate: Any) -> Any:
    """The predicate where only true counts, and NULL may stand for false: without its outer coalesces."""
    if isinstance(predicate, BooleanClauseList):
        joined = or_ if predicate.operator is operators.or_ else and_
        return joined(*(_met(part) for part in predicate.clauses))
    if isinstance(predicate, Grouping):
        return _met(predicate.element)
    if isinstance(predicate, coalesce):
        first, *rest = predicate.clauses
        return _met(first) if [type(one) for one in rest] == [False_] else predicate
    return predicate


def _there(scope: Scope) -> ColumnElement[bool]:
    """A customer created at or after `as_of` does not exist yet."""
    there = or_(customer.c.created_at.is_(None), customer.c.created_at < scope.horizon)
    return there if scope.only is None else and_(customer.c.customer_id.in_(scope.only), there)


def _rows(tables: Tables, verdicts: Sequence[ColumnElement[bool]]) -> FromClause:
    """Customers joined to what was asked of history.

    Where no rule can hold without rows in a pass, the statement begins with that pass: then nothing
    need be kept to look customers up in.
    """
    needed = [name for name, _ in tables.each if all(false_without(one, name) for one in verdicts)]
    first = dict(tables.each)[needed[0]] if needed else customer
    joined = tables.before(first)
    if first is not customer:
        joined = joined.join(customer, customer.c.customer_id == unindexed(first.c.customer_id))
    for name, rows in tables.each:
        if name not in needed[:1]:
            met = rows.c.customer_id == customer.c.customer_id
            joined = joined.join(rows, met, isouter=name not in needed)
    return joined
