"""A shop in which every gate refuses somebody: shared addresses, caps, consents, zones, old enrollments."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert

from engine.app import App
from engine.store.campaigns import Enrollment
from engine.store.database import Database, table
from engine.store.history import Order
from engine.store.ledger import Delivery
from engine.store.people import Consent, Customer, CustomerTag, Suppression

NOW = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
DAY = timedelta(days=1)
CUSTOMERS = [f"c{number:02}" for number in range(48)]
CONFIG = """
brand: {{name: Shop, postal_address: 1 Street, public_url: https://shop.example, timezone: Europe/London}}
database: {{url: "{url}"}}
channels: {{email: {{from: hello@shop.example}}, sms: {{sender: Shop}}}}
policy:
  consent: assumed
  quiet_hours: {{from: "21:00", to: "08:00"}}
  max_share: none
  max_data_age: none
  holdout: 15%
  caps: [{{max: 2, per: 7 days}}, {{max: 1, per: 1 day}}]
"""
RULES = {
    "silent": """
        priority: 90
        schedule: daily at 10:00
        reenter: after 60 days
        holdout: 20%
        audience: {all: [last_purchase: {older_than: 30 days}], none: [tag: staff]}
        steps: [email: letter]""",
    "news": """
        priority: 50
        topic: offers
        schedule: every monday at 10:00
        reenter: always
        audience:
          any: [orders: {count: 0, within: 2 months}, spend: {total: {at_least: 50}, within: 40 days}]
        steps: [email: letter]""",
    "text": """
        priority: 40
        schedule: {cron: "0 10 * * *", timezone: recipient}
        reenter: after 1 month
        audience: {everyone: true}
        steps: [sms: letter]""",
    "hello": """
        kind: transactional
        priority: 10
        schedule: daily at 10:00
        audience: [signed_up: {ago: {at_least: 3 days, at_most: 14 days}}, last_seen: {older_than: 6 hours}]
        steps: [email: letter]""",
}


def make(folder: Path, url: str, seed: int = 1) -> App:
    """The shop in that folder, open."""
    (folder / "config.yaml").write_text(CONFIG.format(url=url))
    for part in ("rules", "templates/layouts"):
        (folder / part).mkdir(parents=True)
    for name, body in RULES.items():
        lines = [line.removeprefix("        ") for line in body.strip("\n").splitlines()]
        (folder / "rules" / f"{name}.yaml").write_text("\n".join([f"campaign: {name}", *lines, ""]))
    (folder / "templates/letter.email.j2").write_text(
        "---\nsubject: Hello\npreheader: x\n---\n<p>Hello</p>\n"
    )
    (folder / "templates/letter.sms.j2").write_text("Hello\n")
    (folder / "templates/layouts/email.j2").write_text("{% block body %}{% endblock %}")
    app = App.open(folder / "config.yaml")
    fill(app.database, seed)
    return app


def fill(database: Database, seed: int) -> None:
    """Random rows, all of them before NOW."""
    dice = random.Random(seed)
    people = [_customer(dice, name) for name in CUSTOMERS]
    into: dict[Table, list[dict[str, Any]]] = {
        table(Customer): people,
        table(CustomerTag): [{"customer_id": name, "tag": "staff"} for name in dice.sample(CUSTOMERS, 4)],
        table(Order): [_order(dice, number) for number in range(80)],
        table(Consent): [_consent(dice, number) for number in range(140)],
        table(Suppression): [
            {"channel": "email", "address": f"a{n}@example.com", "at": _past(dice), "source": "test"}
            for n in (3, 8)
        ],
        table(Enrollment): [_enrollment(dice, people, number) for number in range(20)],
        table(Delivery): [_delivery(dice, number) for number in range(60)],
    }
    with database.write() as connection:
        for one, rows in into.items():
            keys = [column.name for column in one.primary_key]
            unique = {tuple(row[key] for key in keys): row for row in rows}
            connection.execute(insert(one), list(unique.values()))


def _past(dice: random.Random, most: int = 120) -> datetime:
    """Some minute of the last days, often at the very bounds of the rules."""
    days = dice.choice([3, 7, 14, 30, 60, dice.randrange(1, most)])
    late = dice.choice([timedelta(), timedelta(milliseconds=-1), timedelta(minutes=dice.randrange(600))])
    return NOW - days * DAY - late


def _customer(dice: random.Random, name: str) -> dict[str, Any]:
    return {
        "customer_id": name,
        "email_address": dice.choice([None, *(f"a{dice.randrange(30)}@example.com" for _ in range(6))]),
        "phone_address": dice.choice([None, f"+4479000000{dice.randrange(40):02}"]),
        "timezone": dice.choice([None, "Europe/London", "Asia/Tehran", "America/New_York"]),
        "country": dice.choice([None, "GB", "US"]),
        "created_at": dice.choice([None, _past(dice, 30)]),
        "bucket": dice.randrange(2**31 - 1),
    }


def _order(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "customer_id": dice.choice(CUSTOMERS),
        "order_id": f"o{number}",
        "ordered_at": _past(dice),
        "amount": dice.randrange(-500, 9000),
        "currency": "EUR",
        "status": dice.choice(["completed", "completed", "cancelled"]),
    }


def _consent(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "customer_id": dice.choice(CUSTOMERS),
        "channel": dice.choice(["email", "sms"]),
        "topic": dice.choice(["", "", "offers"]),
        "at": _past(dice),
        "status": dice.choice(["subscribed", "subscribed", "unsubscribed"]),
        "seq": number,
        "source": "form",
    }


def _enrollment(dice: random.Random, people: list[dict[str, Any]], number: int) -> dict[str, Any]:
    one = dice.choice(people)
    return {
        "customer_id": one["customer_id"],
        "campaign": dice.choice(list(RULES)),
        "subject": "",
        "slot": f"slot{number}",
        "version": "v",
        "state": dice.choice(["active", "finished", "finished", "exited", "holdout"]),
        "address": one["email_address"] or "",
        "entered_at": _past(dice),
    }


def _delivery(dice: random.Random, number: int) -> dict[str, Any]:
    at = _past(dice, 10)
    return {
        "customer_id": dice.choice(CUSTOMERS),
        "dedupe_key": f"k{number}",
        "delivery_id": f"d{number}",
        "campaign": dice.choice(list(RULES)),
        "version": "v",
        "slot": f"slot{number}",
        "channel": "email",
        "template": "letter",
        "address": "x@example.com",
        "state": dice.choice(["accepted", "accepted", "skipped", "unknown"]),
        "not_before": at,
        "sent_at": dice.choice([at, None]),
        "created_at": at,
    }
