"""How long the values really are, and what is missing, of the people whom a letter is for.

A few statements for a whole audience; no value leaves them but the longest ones that are not in the
plain alphabet of SMS, because there every letter counts.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from engine.compose import worst
from engine.compose.longest import Audience
from engine.store.database import table
from engine.store.history import Order, Subscription
from engine.store.people import Customer, CustomerTag

#: The customers' ids, as a rule's statement gives them; None is everybody.
People = Select[Any] | None
_CUSTOMER, _TAG, _ORDER, _SUBSCRIPTION = (
    table(model) for model in (Customer, CustomerTag, Order, Subscription)
)
_FIELDS = "email phone first_name last_name country city language timezone birthday".split()
_LENGTHS = "customer_id email phone first_name last_name city timezone".split()
#: Of values with letters outside of ASCII so many are looked at, the longest first.
_LOOKED_AT = 200


def measured(connection: Connection, people: People = None) -> Audience:
    """What there is to know of these people before a letter is written to them."""
    total, *counts = connection.execute(_among(select(func.count(), *_counts()), _CUSTOMER, people)).one()
    longest = dict(zip(_LENGTHS, (_plain(number) for number in counts[len(_FIELDS) + 1 :]), strict=True))
    lacking = dict(zip((*_FIELDS, "created_at"), counts[: len(_FIELDS) + 1], strict=True))
    found = {
        "id" if name == "customer_id" else name: [*plain, *_wide(connection, name, people)]
        for name, plain in longest.items()
    }
    return Audience(
        total=total,
        longest={f"customer.{name}": values for name, values in found.items() if values}
        | _of_things(connection, people),
        lacking={f"customer.{name}": int(number) for name, number in lacking.items()},
        languages=_languages(connection, people),
    )


def _among(statement: Select[Any], of: Any, people: People) -> Select[Any]:
    return statement if people is None else statement.where(of.c.customer_id.in_(people))


def _counts() -> list[ColumnElement[Any]]:
    """How many lack each field; and the length of the longest value in ASCII."""
    its = _CUSTOMER.c
    lacking = [or_(its[name].is_(None), its[name] == "") for name in _FIELDS]
    blanks = [
        func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in (*lacking, its.created_at.is_(None))
    ]
    lengths = [func.max(case((_is_ascii(its[name]), func.length(its[name])))) for name in _LENGTHS]
    return [*blanks, *lengths]


class _Octets(GenericFunction[int]):
    """How many bytes a text takes in UTF-8."""

    name = "octet_length"
    inherit_cache = True


@compiles(_Octets, "sqlite")
def _older_sqlite_has_none(element: _Octets, compiler: Any, **options: Any) -> str:
    return f"length(cast({compiler.process(element.clauses, **options)} as blob))"


def _is_ascii(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return _Octets(column) == func.length(column)


def _plain(length: int | None) -> list[str]:
    return ["M" * length] if length else []


def _wide(connection: Connection, name: str, people: People) -> list[str]:
    """The longest value that is not in the plain alphabet, if there is one; and the longest that is."""
    column = _CUSTOMER.c[name]
    rows = select(column).where(column.is_not(None), ~_is_ascii(column)).distinct()
    different = _among(rows, _CUSTOMER, people).subquery().c[name]
    longest_first = select(different).order_by(func.length(different).desc(), different).limit(_LOOKED_AT)
    found = worst.of(connection.execute(longest_first).scalars())
    return [text for text in (found.plain, found.wide) if text]


def _languages(connection: Connection, people: People) -> dict[str, int]:
    language = func.coalesce(_CUSTOMER.c.language, "")
    rows: Any = select(language, func.count()).group_by(language)
    return {row[0]: row[1] for row in connection.execute(_among(rows, _CUSTOMER, people))}


def _of_things(connection: Connection, people: People) -> dict[str, list[str]]:
    """The same of tags, orders and subscriptions."""
    orders, held = _ORDER.c, _SUBSCRIPTION.c
    asked = {
        "customer.tags": (_TAG, func.max(func.length(_TAG.c.tag))),
        "order.id": (_ORDER, func.max(func.length(orders.order_id))),
        "order.amount": (_ORDER, func.max(func.abs(orders.amount))),
        "subscription.id": (_SUBSCRIPTION, func.max(func.length(held.subscription_id))),
        "subscription.plan": (_SUBSCRIPTION, func.max(func.length(held.plan))),
        "subscription.monthly_price": (_SUBSCRIPTION, func.max(func.abs(held.monthly_price))),
    }
    found: dict[str, list[str]] = {}
    for name, (of, what) in asked.items():
        number = connection.execute(_among(select(what).select_from(of), of, people)).scalar()
        if number is not None:
            found[name] = [str(number)] if name.endswith(("amount", "price")) else _plain(number)
    return found
