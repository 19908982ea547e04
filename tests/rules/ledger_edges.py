"""The ledger of the shop of edges: messages, what came back, passages and codes on and around every bound."""

import random
from typing import Any

from sqlalchemy import Table

from engine.rules.sources import code, delivery, enrollment, reply

CAMPAIGNS = ["win-back", "win-back", "hello"]


def rows(customers: list[str], moments: list[Any], seed: int = 7) -> dict[Table, list[dict[str, Any]]]:
    """Rows of every table of the ledger, the same for the same seed."""
    dice = random.Random(seed)
    messages = [_delivery(dice, number, customers, moments) for number in range(260)]
    return {
        delivery: messages,
        reply: [each for one in messages for each in _replies(dice, one, moments)],
        enrollment: [_passage(dice, number, customers, moments) for number in range(160)],
        code: [_code(dice, number, customers, moments) for number in range(200)],
    }


def _delivery(dice: random.Random, number: int, customers: list[str], moments: list[Any]) -> dict[str, Any]:
    return {
        "customer_id": dice.choice(customers[:100]),
        "dedupe_key": f"d{number:04}",
        "delivery_id": f"id{number:04}",
        "campaign": dice.choice(CAMPAIGNS),
        "version": "v",
        "slot": "s",
        "channel": dice.choice(["email", "email", "sms"]),
        "template": "t",
        "address": f"a{number}",
        "state": dice.choice(["accepted", "accepted", "accepted", "planned", "unknown", "failed"]),
        "not_before": moments[0],
        "created_at": moments[0],
        "settled_at": dice.choice(moments),
    }


def _replies(dice: random.Random, one: dict[str, Any], moments: list[Any]) -> list[dict[str, Any]]:
    """None, or some: a message may be opened often, and by a machine."""
    return [
        {
            "customer_id": one["customer_id"],
            "fingerprint": f"{one['dedupe_key']}-{number}",
            "dedupe_key": one["dedupe_key"],
            "campaign": one["campaign"],
            "channel": one["channel"],
            "kind": dice.choice(["delivered", "opened", "opened", "clicked"]),
            "at": dice.choice(moments),
            "received_at": moments[0],
            "bot": dice.random() < 0.3,
        }
        for number in range(dice.randrange(5))
    ]


def _passage(dice: random.Random, number: int, customers: list[str], moments: list[Any]) -> dict[str, Any]:
    return {
        "customer_id": dice.choice(customers),
        "campaign": dice.choice(CAMPAIGNS),
        "slot": f"s{number}",
        "version": "v",
        "state": dice.choice(["active", "finished", "exited", "holdout"]),
        "entered_at": dice.choice(moments),
        "ended_at": dice.choice([None, *moments]),
    }


def _code(dice: random.Random, number: int, customers: list[str], moments: list[Any]) -> dict[str, Any]:
    issued = dice.choice([None, *moments])
    return {
        "customer_id": dice.choice(customers),
        "dedupe_key": f"d{number:04}",
        "offer": dice.choice(["comeback", "comeback", "vip"]),
        "code": f"BACK-{number}",
        "state": "issued" if issued else "reserved",
        "reserved_at": moments[0],
        "issued_at": issued,
        "expires_at": dice.choice([None, *moments]),
        "redeemed_at": dice.choice([None, None, *moments]),
    }
