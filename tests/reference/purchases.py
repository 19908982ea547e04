"""What the conditions on orders, their lines and on events mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.reference.forms import a_number, number_passes, text_passes, time_passes, value_passes, window
from tests.reference.money import major
from tests.reference.shop import Customer, Event, Line, Order, Product
from tests.reference.texts import normal
from tests.reference.world import World, completed, means

LINE_TESTS = ("sku", "category", "product")


def _last(times: Iterable[datetime]) -> datetime | None:
    return max(times, default=None)


@means("last_seen")
def _last_seen(test: dict[str, Any], customer: Customer, world: World) -> bool:
    times = [row.at for row in customer.orders] + [row.at for row in customer.events]
    return time_passes(test, _last(times), world.moment)


@means("first_purchase")
def _first_purchase(test: dict[str, Any], customer: Customer, world: World) -> bool:
    first = min((row.at for row in completed(customer)), default=None)
    return time_passes(test, first, world.moment)


@means("last_purchase")
def _last_purchase(test: dict[str, Any], customer: Customer, world: World) -> bool:
    return time_passes(test, _last(row.at for row in completed(customer)), world.moment)


@means("orders")
def _orders(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    found = chosen(customer, fields, world)
    return number_passes(fields.get("count", {"at_least": 1}), len(found))


@means("spend")
def _spend(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    currency = fields.get("currency", world.brand.currency)
    found = [row for row in chosen(customer, fields, world, currency) if row.currency == currency]
    where = fields.get("where", {})
    if any(key in where for key in LINE_TESTS):
        total = sum(line.worth for row in found for line in row.lines if line_passes(line, where, world))
    else:
        total = sum(row.amount for row in found)
    return number_passes(fields["total"], major(total, currency))


@means("average_order")
def _average_order(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    return number_passes(fields["value"], average(chosen(customer, fields, world), world))


def average(orders: list[Order], world: World) -> Fraction | None:
    """Of the orders in the brand's currency; None where there is none."""
    ours = [row.amount for row in orders if row.currency == world.brand.currency]
    return major(sum(ours), world.brand.currency) / len(ours) if ours else None


@means("bought")
def _bought(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    where = {key: fields[key] for key in LINE_TESTS if key in fields}
    found = chosen(customer, {**window(fields), "where": where}, world)
    return number_passes(fields.get("count", {"at_least": 1}), len(found))


def chosen(
    customer: Customer, fields: dict[str, Any], world: World, currency: str | None = None
) -> list[Order]:
    """The orders that are asked about: in the window, passing `where`, whose amounts are in `currency`."""
    inside, where = window(fields), fields.get("where", {})
    currency = currency or world.brand.currency
    return [
        row
        for row in customer.orders
        if time_passes(inside, row.at, world.moment) and order_passes(row, where, currency, world)
    ]


def order_passes(order: Order, where: dict[str, Any], currency: str, world: World) -> bool:
    """Completed unless it says otherwise; an amount is in a currency that it names, else in that one."""
    if not text_passes(where.get("status", "completed"), order.status):
        return False
    if "code" in where and not text_passes(where["code"], order.code):
        return False
    if "currency" in where and not text_passes(where["currency"], order.currency):
        return False
    amount = major(order.amount, order.currency) if order.currency in named(where, currency) else None
    if "amount" in where and not number_passes(where["amount"], amount):
        return False
    asked = any(key in where for key in LINE_TESTS)
    return not asked or any(line_passes(line, where, world) for line in order.lines)


def line_passes(line: Line, where: dict[str, Any], world: World) -> bool:
    """Every line test, on this one line."""
    product = world.products.get(line.sku or "", Product(""))
    category = product.category if line.category is None else line.category
    texts = {"sku": line.sku, "category": category, "product": product.description}
    return all(text_passes(where[key], text) for key, text in texts.items() if key in where)


def named(where: dict[str, Any], currency: str) -> list[str]:
    """The currencies that `where` names, one or several; else that one."""
    said = where.get("currency")
    if isinstance(said, dict):
        return [currency]
    return said if isinstance(said, list) else [said or currency]


def events(customer: Customer, name: str, currencies: Sequence[str] = ()) -> list[Event]:
    """The events of that name; a completed order is an `order_placed` too, with an amount in one of these."""
    found = [row for row in customer.events if normal(row.event) == normal(name)]
    if normal(name) == "order_placed":
        found += [_placed(row, currencies) for row in completed(customer)]
    return found


def _placed(order: Order, currencies: Sequence[str]) -> Event:
    told = {"currency": order.currency}
    if order.currency in currencies:
        told["amount"] = str(float(major(order.amount, order.currency)))
    return Event("order_placed", order.at, told | ({"code": order.code} if order.code else {}))


@means("did")
def _did(fields: Any, customer: Customer, world: World) -> bool:
    if not isinstance(fields, dict):
        fields = {"event": fields}
    where = fields.get("where", {})
    found = [
        row
        for row in events(customer, fields["event"], named(where, world.brand.currency))
        if time_passes(window(fields), row.at, world.moment)
        and all(value_passes(test, row.properties.get(name), world.moment) for name, test in where.items())
    ]
    return number_passes(fields.get("count", {"at_least": 1}), len(found))


@means("after_event")
def _after_event(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    latest = _last(row.at for row in events(customer, fields["did"]))
    if latest is None:
        return False
    if "within" in fields and latest < world.moment.back(fields["within"]):
        return False
    if "waited" in fields and latest > world.moment.back(fields["waited"]):
        return False
    return "but_not" not in fields or all(row.at <= latest for row in events(customer, fields["but_not"]))


@means("order_trend")
def _order_trend(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    middle, start = world.moment.back(fields["window"]), world.moment.back(fields["window"], 2)
    times = [row.at for row in completed(customer)]
    recent, earlier = sum(at >= middle for at in times), sum(start <= at < middle for at in times)
    return earlier > 0 and number_passes(fields["ratio"], Fraction(recent, earlier))


@means("overdue")
def _overdue(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    times = sorted(row.at for row in completed(customer))
    if len(times) < max(2, int(fields.get("min_orders", 2))):
        return False
    since = (world.moment.as_of - times[-1]).total_seconds()
    gaps = (times[-1] - times[0]).total_seconds()
    return Fraction(str(since)) * (len(times) - 1) > a_number(fields.get("by", 2)) * Fraction(str(gaps))
