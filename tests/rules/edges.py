"""A small shop full of edges: exact bounds, rows of the future, customers with nothing, Persian texts."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert

from engine.rules.sources import customer, event, line, order, product, subscription, tag
from engine.store.database import Database, table
from engine.store.people import Consent
from engine.store.types import ALWAYS
from tests.rules import ledger_edges

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
#: Instants on and around the bounds that the variants ask about.
MOMENTS = [
    NOW + shift + tick
    for shift in (-400 * DAY, -365 * DAY, -180 * DAY, -90 * DAY, -30 * DAY, -DAY, 0 * DAY, DAY, 14 * DAY)
    for tick in (timedelta(milliseconds=-1), timedelta(), timedelta(milliseconds=1))
]
#: Around NOW, its neighbours in the zones, and leap days.
BIRTHDAYS = [None, 614, 615, 616, 621, 622, 228, 229, 301, 715, 1231, 1230, 1229]
CUSTOMERS = [f"c{number:03}" for number in range(120)]


def rows(seed: int = 1) -> dict[Table, list[dict[str, Any]]]:
    """Rows of every table, the same for the same seed."""
    dice = random.Random(seed)
    orders = [_order(dice, number) for number in range(400)]
    return {
        customer: [_customer(dice, name) for name in CUSTOMERS],
        tag: _tags(dice),
        table(Consent): _consents(dice),
        product: _products(),
        order: orders,
        line: [each for one in orders for each in _lines(dice, one)],
        event: [_event(dice, number) for number in range(300)],
        subscription: [each for number in range(400) for each in _subscription(dice, number)],
        **ledger_edges.rows(CUSTOMERS, MOMENTS),
    }


def fill(database: Database, seed: int = 1) -> None:
    """The rows, brought into the store."""
    with database.write() as connection:
        for into, values in rows(seed).items():
            connection.execute(insert(into), values)


def _customer(dice: random.Random, name: str) -> dict[str, Any]:
    plan = dice.choice([None, ["5", 5.0, None], ["بزرگ", None, None], ["", None, None], ["۷", 7.0, None]])
    since = dice.choice(MOMENTS)
    millis = int((since - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    attributes = {"plan_size": plan, "2fa.on": ["true", None, None], "since": ["?", None, millis]}
    number = int(name[1:])
    return {
        "customer_id": name,
        "country": dice.choice(["GB", "IE", "IR", None, "Freedonia"]),
        "city": dice.choice(["London", "تهران", "علی\u200cآباد", "علي آباد", None, "San José", "San"]),
        "language": dice.choice(["en", "fa", None]),
        "timezone": dice.choice(["Europe/London", "Asia/Tehran", None]),
        "source": dice.choice(["newsletter", "شبکه", None]),
        "email_domain": dice.choice(["example.com", "example.org", None]),
        "created_at": dice.choice([None, *MOMENTS]),
        "attributes": dice.choice([None, attributes, attributes, {"plan_size": plan}]),
        "bucket": dice.randrange(2**31 - 1),
        "birthday_mmdd": BIRTHDAYS[number % len(BIRTHDAYS)],
        # At noon in UTC it is midnight in Auckland already.
        **({"timezone": "Pacific/Auckland"} if number % 7 == 0 else {}),
    }


def _tags(dice: random.Random) -> list[dict[str, Any]]:
    found = {(dice.choice(CUSTOMERS), dice.choice(["vip", "wholesale", "ویژه", "ويژه"])) for _ in range(80)}
    return [{"customer_id": name, "tag": word} for name, word in sorted(found)]


def _consents(dice: random.Random) -> list[dict[str, Any]]:
    found = {
        (
            dice.choice(CUSTOMERS),
            dice.choice(["email", "sms"]),
            dice.choice(["", "news", "offers", "ويژه"]),
            dice.choice([ALWAYS, *MOMENTS]),
            dice.choice(["subscribed", "unsubscribed"]),
        ): number
        for number in range(250)
    }
    names = ("customer_id", "channel", "topic", "at", "status")
    return [
        {**dict(zip(names, key, strict=True)), "seq": number, "source": ""} for key, number in found.items()
    ]


def _products() -> list[dict[str, Any]]:
    told = [("22423", "CAKESTAND", "kitchen"), ("85123A", "قوری", None), ("10002", None, "toys")]
    return [{"sku": sku, "description": text, "category": kind} for sku, text, kind in told]


def _order(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "customer_id": dice.choice(CUSTOMERS[:90]),
        "order_id": f"o{number:04}",
        "ordered_at": dice.choice(MOMENTS),
        "amount": dice.choice([-500, 0, 4999, 5000, 5001, 50000]),
        "currency": dice.choice(["GBP", "GBP", "GBP", "EUR", "IRR"]),
        "status": dice.choice(["completed", "completed", "completed", "cancelled"]),
        "code": dice.choice([None, "SPRING", "بهار"]),
    }


def _lines(dice: random.Random, one: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": one["customer_id"],
            "order_id": one["order_id"],
            "line_key": f"k{number}",
            "ordinal": 0,
            "sku": dice.choice(["22423", "85123A", "10002", "unheard-of", None]),
            "category": dice.choice([None, None, "kitchen", "toys"]),
            "quantity": 1.0,
            "unit_price": 100,
            "amount": dice.choice([-100, 100, 2500]),
        }
        for number in range(dice.randrange(4))
    ]


def _event(dice: random.Random, number: int) -> dict[str, Any]:
    items = dice.choice([["2", 2.0, None], ["many", None, None], None])
    return {
        "customer_id": dice.choice(CUSTOMERS[60:]),
        "event_id": f"e{number:04}",
        "event": dice.choice(["cart_updated", "cart_updated", "visited", "order_placed", "بازديد"]),
        "occurred_at": dice.choice(MOMENTS),
        "properties": dice.choice([None, {"items": items}, {"items": items, "amount": ["60", 60.0, None]}]),
    }


def _subscription(dice: random.Random, number: int) -> list[dict[str, Any]]:
    """One version, or two that meet at a moment."""
    change = dice.choice([None, *MOMENTS])
    common = {
        "customer_id": dice.choice(CUSTOMERS),
        "subscription_id": f"s{number:04}",
        "kind": dice.choice(["subscription", "account", "free_offer"]),
        "started_at": dice.choice([None, *MOMENTS]),
        "currency": dice.choice(["GBP", "EUR", None]),
    }
    return [
        {
            **common,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "plan": dice.choice([None, "One year", "ماهانه"]),
            "status": dice.choice(["active", "cancelled", "expired"]),
            "expires_at": dice.choice([None, *MOMENTS]),
            "cancelled_at": dice.choice([None, *MOMENTS]),
            "monthly_price": dice.choice([None, 0, 8999, 9000]),
        }
        for valid_from, valid_to in ([(ALWAYS, change), (change, None)] if change else [(ALWAYS, None)])
    ]
