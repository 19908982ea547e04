"""What the conditions that compare customers with one another mean."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.reference.forms import a_number, number_passes, time_passes, window
from tests.reference.money import major
from tests.reference.purchases import average
from tests.reference.shop import Customer, Order
from tests.reference.world import World, completed, means

#: The first that fits has the name.
GROUPS = (
    ("champions", lambda r, f, m: r >= 4 and f >= 4 and m >= 4),
    ("cannot_lose", lambda r, f, m: r <= 2 and f >= 4 and m >= 4),
    ("loyal", lambda r, f, m: r >= 3 and f >= 4),
    ("at_risk", lambda r, f, m: r <= 2 and f >= 3),
    ("new", lambda r, f, m: r >= 4 and f == 1),
    ("promising", lambda r, f, m: r >= 3),
    ("hibernating", lambda r, f, m: True),
)


def spent(orders: list[Order], world: World) -> Fraction:
    currency = world.brand.currency
    return major(sum(row.amount for row in orders if row.currency == currency), currency)


@means("rank")
def _rank(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    values = world.remembered(f"rank {fields['by']} {window(fields)}", lambda: _values(fields, world))
    mine = values.get(customer.customer_id)
    if mine is None:
        return False
    share = a_number(str(fields.get("top", fields.get("bottom"))).rstrip("% ")) / 100
    if "top" in fields:
        return bool(mine >= percentile(sorted(values.values()), 1 - share))
    return bool(mine <= percentile(sorted(values.values()), share))


def _values(fields: dict[str, Any], world: World) -> dict[str, Fraction]:
    """The value of everybody with an order in the window; of an average, with one in the currency."""
    found = {}
    for one in world.customers.values():
        orders = [row for row in completed(one) if time_passes(window(fields), row.at, world.moment)]
        value = _value(fields["by"], orders, world)
        if orders and value is not None:
            found[one.customer_id] = value
    return found


def _value(by: str, orders: list[Order], world: World) -> Fraction | None:
    if by == "orders":
        return Fraction(len(orders))
    return spent(orders, world) if by == "spend" else average(orders, world)


def percentile(ordered: list[Fraction], share: Fraction) -> Fraction:
    """Between the two values around that place, in proportion."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@means("rfm")
def _rfm(fields: Any, customer: Customer, world: World) -> bool:
    scores = world.remembered("rfm", lambda: _scores(world)).get(customer.customer_id)
    if scores is None:
        return False
    if not isinstance(fields, dict):
        return bool(next(name for name, fits in GROUPS if fits(*scores)) == fields)
    if "group" in fields and not _rfm(fields["group"], customer, world):
        return False
    names = ("recency", "frequency", "monetary")
    return all(
        number_passes(fields[name], score)
        for name, score in zip(names, scores, strict=True)
        if name in fields
    )


def _scores(world: World) -> dict[str, tuple[int, int, int]]:
    orders = {one.customer_id: completed(one) for one in world.customers.values() if completed(one)}
    recency = quintiles({name: max(row.at for row in rows) for name, rows in orders.items()})
    frequency = quintiles({name: len(rows) for name, rows in orders.items()})
    monetary = quintiles({name: spent(rows, world) for name, rows in orders.items()})
    return {name: (recency[name], frequency[name], monetary[name]) for name in orders}


def quintiles(values: dict[str, Any]) -> dict[str, int]:
    """NTILE(5): five groups in order, the first ones larger by one; ties by the id's bytes."""
    ordered = sorted(values, key=lambda name: (values[name], name.encode()))
    size, larger = divmod(len(ordered), 5)
    found, start = dict[str, int](), 0
    for group in range(1, 6):
        end = start + size + (group <= larger)
        found |= dict.fromkeys(ordered[start:end], group)
        start = end
    return found
