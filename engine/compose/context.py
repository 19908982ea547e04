"""What templates may know of a customer, as plain data, for a whole batch at a time.

One query a table a batch. What is missing is left out, so that a template must say what stands in its
place. History is cut at `as_of`: a row dated then or later does not exist yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, case, func, or_, select

from engine.clock import iso
from engine.settings import Settings
from engine.store.database import table
from engine.store.history import Order, Subscription
from engine.store.people import Customer, CustomerTag
from engine.store.types import READINGS

Context = dict[str, Any]
#: Ids to one statement; SQLite takes 32,766 parameters.
MOST = 5000
_CUSTOMER, _TAG, _ORDER, _SUBSCRIPTION = (
    table(model) for model in (Customer, CustomerTag, Order, Subscription)
)
_TEXTS = "email phone first_name last_name country city language timezone birthday".split()
_FIELDS = ("id", *_TEXTS, "created_at")
_KNOWN = (*(_CUSTOMER.c[name] for name in _TEXTS), _CUSTOMER.c.created_at, _CUSTOMER.c.attributes)
_ORDERED = ("id", "ordered_at", "amount", "currency")
_HELD = "id kind plan status started_at expires_at cancelled_at monthly_price currency".split()


def contexts(
    connection: Connection, customer_ids: Iterable[str], as_of: datetime, settings: Settings
) -> dict[str, Context]:
    """`customer`, and where there are such `order` and `subscription`, of each customer that exists."""
    ids = list(dict.fromkeys(customer_ids))
    found: dict[str, Context] = {}
    for start in range(0, len(ids), MOST):
        found |= _batch(connection, ids[start : start + MOST], as_of, settings.brand.currency)
    return found


def _batch(connection: Connection, ids: Sequence[str], as_of: datetime, currency: str) -> dict[str, Context]:
    rows = connection.execute(_among(_CUSTOMER, ids, *_KNOWN)).all()
    found: dict[str, Context] = {row[0]: {"customer": _customer(row)} for row in rows}
    for customer_id, tag in connection.execute(_among(_TAG, ids, _TAG.c.tag).order_by(_TAG.c.tag)).all():
        if customer_id in found:
            found[customer_id]["customer"]["tags"].append(tag)
    for customer_id, count, spent, *order in connection.execute(_last_orders(ids, as_of, currency)).all():
        if customer_id in found:
            found[customer_id]["customer"] |= {"orders_count": count, "total_spent": int(spent)}
            found[customer_id]["order"] = _given(_ORDERED, order)
    for customer_id, row in _subscriptions(connection, ids, as_of):
        if customer_id in found:
            found[customer_id]["subscription"] = _subscription(row, as_of)
    return found


def _among(of: Table, ids: Sequence[str], *columns: ColumnElement[Any]) -> Select[Any]:
    return select(of.c.customer_id, *columns).where(of.c.customer_id.in_(ids))


def _given(names: Iterable[str], values: Iterable[Any]) -> Context:
    """Only what there is, instants as text."""
    return {
        name: iso(value) if isinstance(value, datetime) else value
        for name, value in zip(names, values, strict=True)
        if value is not None and value != ""
    }


def _customer(row: Row[Any]) -> Context:
    fields, attributes = row[:-1], row[-1]
    known = _given(_FIELDS, fields)
    known["tags"] = []
    noted = {name: _noted(readings) for name, readings in (attributes or {}).items() if readings}
    known["attributes"] = noted
    known["orders_count"] = known["total_spent"] = 0
    return known


def _noted(readings: Sequence[Any]) -> Any:
    """An attribute as it was given; as a number where it is written as one, so that it can be compared."""
    text, number = readings[READINGS["text"]], readings[READINGS["number"]]
    if number is None or isinstance(number, bool):
        return text
    whole = int(number) if abs(number) < 2**53 and number == int(number) else number
    return whole if str(whole) == text else number if str(number) == text else text


def _last_orders(ids: Sequence[str], as_of: datetime, currency: str) -> Select[Any]:
    """Each customer's last completed order, with the number of all of them and what they came to."""
    orders = _ORDER.c
    theirs: Callable[..., Any] = lambda what, **kw: what.over(partition_by=orders.customer_id, **kw)  # noqa: E731
    in_currency = case((orders.currency == currency, orders.amount), else_=0)
    latest = [orders.ordered_at.desc(), orders.order_id.desc()]
    ranked = (
        select(
            orders.customer_id,
            theirs(func.count()).label("count"),
            theirs(func.sum(in_currency)).label("spent"),
            orders.order_id, orders.ordered_at, orders.amount, orders.currency,
            theirs(func.row_number(), order_by=latest).label("place"),
        )
        .where(orders.customer_id.in_(ids), orders.status == "completed", orders.ordered_at < as_of)
        .subquery()
    )  # fmt: skip
    return select(*(column for column in ranked.c if column.name != "place")).where(ranked.c.place == 1)


def _subscriptions(
    connection: Connection, ids: Sequence[str], as_of: datetime
) -> Iterator[tuple[str, Row[Any]]]:
    """For each customer the active one that expires soonest from now on, else the one that ended last."""
    its = _SUBSCRIPTION.c
    rows = connection.execute(
        select(_SUBSCRIPTION).where(
            its.customer_id.in_(ids),
            and_(its.valid_from < as_of, or_(its.valid_to.is_(None), its.valid_to >= as_of)),
            or_(its.started_at.is_(None), its.started_at < as_of),
        )
    )
    held: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        held[row.customer_id].append(row)
    for customer_id, theirs in held.items():
        yield customer_id, min(theirs, key=lambda row: _turn(row, as_of))


def _status(row: Row[Any], as_of: datetime) -> str:
    """A cancellation or an end that is still ahead has not happened."""
    ends = {"cancelled": row.cancelled_at, "expired": row.expires_at}.get(row.status)
    return "active" if ends is not None and ends >= as_of else str(row.status)


def _turn(row: Row[Any], as_of: datetime) -> tuple[int, float, str]:
    """Active before ended; of the active the soonest to end, of the ended the last; then by id."""
    active = _status(row, as_of) == "active"
    ends = row.expires_at
    if active and ends is not None and ends >= as_of:
        return 0, ends.timestamp(), row.subscription_id
    if active and ends is None:
        return 1, 0.0, row.subscription_id
    past = [at.timestamp() for at in (row.cancelled_at, ends) if at is not None and at < as_of]
    return 2, -max(past, default=0.0), row.subscription_id


def _subscription(row: Row[Any], as_of: datetime) -> Context:
    status = _status(row, as_of)
    cancelled = row.cancelled_at if row.cancelled_at is not None and row.cancelled_at < as_of else None
    dates = (row.started_at, row.expires_at, cancelled)
    values = (row.subscription_id, row.kind, row.plan, status, *dates, row.monthly_price, row.currency)
    return _given(_HELD, values)
