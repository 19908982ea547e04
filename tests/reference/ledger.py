"""What the conditions on the program's own sends, enrollments and codes mean."""

from __future__ import annotations

from typing import Any

from tests.reference.forms import number_passes, time_passes, window
from tests.reference.shop import Customer, Delivery, Enrollment
from tests.reference.world import World, means


@means("received")
def _received(fields: Any, customer: Customer, world: World) -> bool:
    """Messages that the provider took, dated when it did."""
    fields = fields if isinstance(fields, dict) else {"campaign": fields}
    found = [
        row
        for row in _asked(customer, fields)
        if row.state == "accepted" and row.settled is not None and world.kept(row.settled)
        if time_passes(window(fields), row.settled, world.moment)
    ]
    return number_passes(fields.get("count", {"at_least": 1}), len(found))


@means("opened")
def _opened(fields: Any, customer: Customer, world: World) -> bool:
    return _answered("opened", fields, customer, world)


@means("clicked")
def _clicked(fields: Any, customer: Customer, world: World) -> bool:
    return _answered("clicked", fields, customer, world)


def _answered(kind: str, fields: Any, customer: Customer, world: World) -> bool:
    """Messages that were, in the window, by a person: not how often."""
    fields = fields if isinstance(fields, dict) else {"campaign": fields}
    found = [
        row
        for row in _asked(customer, fields)
        if any(
            one.kind == kind and not one.bot and world.kept(one.at)
            for one in row.replies
            if time_passes(window(fields), one.at, world.moment)
        )
    ]
    return number_passes(fields.get("count", {"at_least": 1}), len(found))


def _asked(customer: Customer, fields: dict[str, Any]) -> list[Delivery]:
    return [
        row
        for row in customer.deliveries
        if fields.get("campaign", row.campaign) == row.campaign
        and fields.get("channel", row.channel) == row.channel
    ]


@means("enrolled")
def _enrolled(fields: Any, customer: Customer, world: World) -> bool:
    """Some passage that began in the window, and stands so."""
    fields = fields if isinstance(fields, dict) else {"campaign": fields}
    return any(
        fields.get("campaign", row.campaign) == row.campaign
        and time_passes(window(fields), row.entered, world.moment)
        and fields.get("state", _stood(row, world)) == _stood(row, world)
        for row in customer.enrollments
        if world.kept(row.entered)
    )


def _stood(row: Enrollment, world: World) -> str:
    """Of a past instant: one that ended at or after it was still active."""
    return row.state if row.ended is None or world.kept(row.ended) else "active"


@means("offered")
def _offered(fields: Any, customer: Customer, world: World) -> bool:
    """Some one code that was issued passes every test."""
    fields = fields if isinstance(fields, dict) else {"offer": fields}
    return any(
        fields.get("offer", row.offer) == row.offer
        and time_passes(window(fields), row.issued, world.moment)
        and time_passes(fields.get("expires", {}), row.expires, world.moment)
        and fields.get("redeemed", _redeemed(row.redeemed, world)) == _redeemed(row.redeemed, world)
        for row in customer.codes
        if row.issued is not None and world.kept(row.issued)
    )


def _redeemed(at: Any, world: World) -> bool:
    return at is not None and world.kept(at)
