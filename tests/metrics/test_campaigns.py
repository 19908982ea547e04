"""What our own campaigns brought, from the ledger, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import SQLModel

from engine.durations import Calendar, Duration
from engine.metrics.campaigns import ours
from engine.metrics.metric import Ask
from engine.metrics.period import Period
from engine.store.campaigns import Enrollment
from engine.store.database import Database, table
from engine.store.history import Order
from engine.store.ledger import Delivery
from engine.store.replies import Code, ProviderEvent
from tests.metrics.shops import day

MAY = day("2026-05-01")


def days(number: float) -> Any:
    return MAY + timedelta(days=number)


def enrolled(
    customer: str, campaign: str, at: float, state: str = "finished", slot: str = "s"
) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "campaign": campaign,
        "subject": "",
        "slot": slot,
        "version": "v",
        "state": state,
        "step": 0,
        "address": "",
        "entered_at": days(at),
    }


def delivered(
    customer: str, campaign: str, at: float, state: str = "accepted", slot: str = "s"
) -> dict[str, Any]:
    key = f"{campaign}|{slot}|{customer}"
    return {
        "customer_id": customer,
        "dedupe_key": key,
        "delivery_id": key,
        "campaign": campaign,
        "version": "v",
        "slot": slot,
        "channel": "email",
        "template": "t",
        "address": "x",
        "state": state,
        "not_before": days(at),
        "created_at": days(at),
        "sent_at": days(at) if state == "accepted" else None,
    }


def bought(customer: str, number: str, at: float, amount: int, code: str | None = None) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "order_id": number,
        "ordered_at": days(at),
        "amount": amount,
        "currency": "EUR",
        "status": "completed",
        "code": code,
    }


def told(customer: str, campaign: str, kind: str, bot: bool = False) -> dict[str, Any]:
    key = f"{campaign}|s|{customer}"
    return {
        "customer_id": customer,
        "fingerprint": f"{key}{kind}{bot}",
        "dedupe_key": key,
        "campaign": campaign,
        "channel": "email",
        "kind": kind,
        "at": days(2),
        "received_at": days(2),
        "bot": bot,
    }


@pytest.fixture
def shop(store_url: str) -> Iterator[Database]:
    database = Database(store_url)
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {
        Enrollment: [
            enrolled("a", "spring", 1),
            enrolled("b", "spring", 1),
            enrolled("c", "spring", 1, "holdout"),
            enrolled("d", "spring", 1, "holdout"),
            enrolled("e", "spring", 29),
            enrolled("a", "late", 5),
            enrolled("b", "spring", 20, slot="s2"),
        ],
        Delivery: [
            delivered("a", "spring", 1),
            delivered("b", "spring", 1),
            delivered("e", "spring", 29, "planned"),
            delivered("a", "late", 5),
        ],
        ProviderEvent: [
            told("a", "spring", "clicked"),
            told("b", "spring", "delivered"),
            told("b", "spring", "opened", bot=True),
        ],
        Code: [
            {
                "customer_id": "b",
                "dedupe_key": "spring|s|b",
                "offer": "o",
                "code": "B-1",
                "state": "issued",
                "reserved_at": days(1),
                "issued_at": days(1),
                "redeemed_at": days(9),
            }
        ],
        Order: [
            bought("a", "1", 3, 1000),
            bought("a", "2", 6, 500),
            bought("a", "3", 12, 99),
            bought("a", "4", 0.5, 7),
            bought("b", "5", 9, 2000, "B-1"),
            bought("c", "6", 4, 300),
            bought("d", "7", 11.5, 9999),
            bought("e", "8", 29.5, 50),
        ],
    }
    with database.write() as connection:
        for model, lines in rows.items():
            for line in lines:
                connection.execute(insert(table(model)).values(line))
    yield database
    database.close()


def reported(shop: Database, end: str = "2026-06-01") -> dict[str, Any]:
    windows = {"spring": Duration(10, "day"), "late": Duration(2, "day")}
    with shop.read() as connection:
        ask = Ask(connection, Period(MAY, day(end), Calendar()), "EUR", Duration(1, "year"))
        return {one["campaign"]: one for one in ours(ask, windows, {"email": Decimal("0.25")})}


def test_the_funnel_counts_messages_and_what_people_did(shop: Database) -> None:
    spring = reported(shop)["spring"]
    assert (spring["entered"], spring["held_out"]) == (4, 2)
    assert spring["steps"] == [
        {
            "step": 0,
            "channel": "email",
            "template": "t",
            "planned": 3,
            "sent": 2,
            "failed": 0,
            "delivered": 2,
            "bounced": 0,
            "opened": 1,
            "clicked": 1,
            "unsubscribed": 0,
            "complained": 0,
            "cost": "0.50",
        }
    ]
    assert (spring["cost"], spring["codes_issued"], spring["codes_redeemed"]) == ("0.50", 1, 1)


def test_an_order_is_credited_once_to_the_last_campaign_that_wrote(shop: Database) -> None:
    """a's second order came after `late` wrote, their third after every window; e's message never went."""
    found = reported(shop)
    assert {name: (one["converted"], one["orders"], one["revenue"]) for name, one in found.items()} == {
        "spring": (2, 2, "30.00"),
        "late": (1, 1, "5.00"),
    }


def test_lift_counts_whoever_entered_once_their_window_is_over(shop: Database) -> None:
    """b entered twice and counts once, e has time left, d bought too late; credit plays no part."""
    spring = reported(shop)["spring"]
    assert spring["waiting"] == 1
    assert spring["arms"] == [
        {
            "arm": "treated",
            "holdout": False,
            "customers": 2,
            "visited": None,
            "converted": 2,
            "revenue": "35.00",
        },
        {
            "arm": "holdout",
            "holdout": True,
            "customers": 2,
            "visited": None,
            "converted": 1,
            "revenue": "3.00",
        },
    ]
    assert [(one["measure"], one["absolute"]) for one in spring["lift"]] == [
        ("converted", 50.0),
        ("revenue", 16.0),
    ]
    assert reported(shop, "2026-05-08")["spring"]["lift"] == []


def test_a_campaign_without_a_holdout_has_no_lift(shop: Database) -> None:
    assert reported(shop)["late"]["lift"] == []
