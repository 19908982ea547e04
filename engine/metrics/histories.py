"""Each customer's history in the three numbers that predictions need, from one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, literal, select

from engine.metrics.metric import Ask
from engine.metrics.prediction import Array, libraries
from engine.metrics.purchases import amount
from engine.metrics.standing import completed, order
from engine.money import exponent
from engine.store.database import table
from engine.store.people import Customer
from engine.store.types import Instant, millis_between

_customer = table(Customer)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000
#: Of more customers than this a part is fitted, picked by their stable bucket: memory stays bounded.
FITTED = 25_000


@dataclass(frozen=True, slots=True)
class Histories:
    """Columns, one entry a customer. Weeks; money in whole units of the currency. One in `part` was taken."""

    x: Array
    recency: Array
    age: Array
    mean: Array
    part: int


def histories(ask: Ask) -> Histories:
    """Everybody who ordered before the period's end, or an even part of them."""
    numpy, _, _ = libraries()
    buyers = select(func.count(order.c.customer_id.distinct())).where(completed(ask.period.end))
    part = int(ask.connection.scalar(buyers) or 0) // FITTED + 1
    rows = ask.connection.execute(_each(ask, part)).yield_per(10_000)
    flat = numpy.fromiter((float(value or 0) for row in rows for value in row), dtype=float)
    x, last, age, spent = flat.reshape(-1, 4).T
    mean = numpy.where(x > 0, spent / numpy.maximum(x, 1), 0.0) / 10 ** exponent(ask.currency)
    return Histories(x, last / 7, age / 7, mean, part)


def _day(ask: Ask) -> ColumnElement[int]:
    """The day of an order in the brand's zone, with the offset that it has at the period's end."""
    shift = _shift(ask)
    return cast(millis_between(literal(_EPOCH - shift, Instant), order.c.ordered_at), BigInteger) // _DAY


def _shift(ask: Ask) -> timedelta:
    return ask.period.end.astimezone(ask.period.calendar.zone).utcoffset() or timedelta(0)


def _each(ask: Ask, part: int) -> Select[Any]:
    """Repeat purchase days, days from first to last, days since the first, and what the repeats brought."""
    day = _day(ask)
    days = select(order.c.customer_id, day.label("day"), func.sum(amount(ask)).label("spent"))
    if part > 1:
        days = days.join(_customer, _customer.c.customer_id == order.c.customer_id)
        days = days.where(_customer.c.bucket % part == 0)
    each = days.where(completed(ask.period.end)).group_by(order.c.customer_id, day).subquery()
    first = func.min(each.c.day).over(partition_by=each.c.customer_id)
    one = select(each, first.label("first")).subquery()
    last_day = (ask.period.end - timedelta(milliseconds=1) + _shift(ask) - _EPOCH) // timedelta(days=1)
    return select(
        func.count() - 1,
        func.max(one.c.day) - one.c.first,
        literal(last_day, BigInteger) - one.c.first,
        func.sum(case((one.c.day > one.c.first, one.c.spent), else_=0)),
    ).group_by(one.c.customer_id, one.c.first)
