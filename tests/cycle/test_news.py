"""Buying, leaving and STOP between plan and send: not sent, with the reason on the ledger."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from engine import clock
from engine.app import App, starter
from engine.store.database import table
from engine.store.history import ImportRecord, Order
from engine.store.ledger import Delivery
from engine.store.people import Customer
from engine.vocabulary import Channel, EventKind
from tests.events.mail import event, tell

CONFIG = """
brand: {{name: Shop, postal_address: 1 Street, public_url: https://shop.example}}
database: {{url: "{url}"}}
channels:
  email: {{from: hello@shop.example}}
  sms: {{from: "+15005550006"}}
policy: {{consent: assumed, max_share: none, max_data_age: none}}
"""
RULE = """
campaign: {name}
schedule: daily at 22:30
audience:
  all: [last_purchase: {{ago: {{at_least: 180 days, at_most: 365 days}}}}]
  none: [received: {{within: 7 days}}]
steps: [{channel}: letter]
"""
EVENING, MORNING = "2026-03-02T22:30:00Z", "2026-03-03T08:01:00Z"
delivery = table(Delivery)
Open = Callable[[str], App]


@pytest.fixture
def shop(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a shop whose four customers were planned in the evening, to be written to in the morning."""
    (tmp_path / "config.yaml").write_text(CONFIG.format(url=store_url))
    for folder in ("rules", "templates"):
        (tmp_path / folder).mkdir()
    (tmp_path / "templates/letter.email.j2").write_text("---\nsubject: Hello\n---\n<p>Hello</p>\n")
    (tmp_path / "templates/letter.sms.j2").write_text("Hello")
    shutil.copytree(starter() / "templates" / "layouts", tmp_path / "templates" / "layouts")
    for channel in ("email", "sms"):
        rule = RULE.format(name=channel, channel=channel)
        (tmp_path / "rules" / f"{channel}.yaml").write_text(rule)
    opened: list[App] = []

    def at(now: str) -> App:
        for app in opened:
            app.close()
        monkeypatch.setenv("REKINDLE_NOW", now)
        opened.append(App.open(tmp_path / "config.yaml"))
        return opened[-1]

    app = at("2026-03-02T20:00:00Z")
    bring(app, Customer, *(person(name, number) for number, name in enumerate(("ann", "bob", "eva", "joe"))))
    # Joe's silence grows longer than the rule asks for while he waits for the morning.
    days = {"ann": "2025-07-01", "bob": "2025-07-01", "eva": "2025-07-01", "joe": "2025-03-03"}
    bring(app, Order, *(order(name, f"{day}T02:00:00Z") for name, day in days.items()))
    at(EVENING).run()
    yield at
    for one in opened:
        one.close()


def person(name: str, number: int = 9) -> dict[str, Any]:
    phone = f"+44770090012{number}"
    return {
        "customer_id": name, "email": f"{name}@example.com", "email_address": f"{name}@example.com",
        "phone": phone, "phone_address": phone, "bucket": number,
    }  # fmt: skip


def order(name: str, at: str) -> dict[str, Any]:
    when = clock.parse_instant(at)
    return {
        "customer_id": name,
        "order_id": f"{name}-{at}",
        "ordered_at": when,
        "amount": 10,
        "currency": "EUR",
    }


def bring(app: App, kind: type[SQLModel], *rows: dict[str, Any]) -> None:
    """What an import leaves."""
    with app.database.write() as connection:
        connection.execute(table(kind).insert(), list(rows))
        record = {"kind": kind.__name__, "finished_at": clock.now(), "file": "x"}
        connection.execute(table(ImportRecord).insert(), [record])


def ledger(app: App) -> dict[tuple[str, str], tuple[str, str | None]]:
    with app.database.read() as connection:
        rows = connection.execute(select(delivery)).all()
    return {(row.customer_id, row.channel): (row.state, row.reason) for row in rows}


SENT = ("accepted", None)
GONE = ("skipped", "no_longer_matches")


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_all_wait_for_the_morning_and_time_alone_takes_nobody_out(shop: Open) -> None:
    app = shop("2026-03-03T06:00:00Z")
    bring(app, Customer, person("zoe"))
    assert {state for state, _ in ledger(app).values()} == {"planned"}
    app = shop(MORNING)
    app.run()
    assert set(ledger(app).values()) == {SENT}
    assert len(ledger(app)) == 8


@pytest.mark.parametrize("ordered", ["2026-03-03T01:00:00Z", "2026-03-02T20:00:00Z"], ids=["after", "before"])
def test_who_bought_is_not_asked_to_come_back(shop: Open, tmp_path: Path, ordered: str) -> None:
    """Before or after the plan: the shop's file came after it."""
    bring(shop("2026-03-03T06:00:00Z"), Order, order("bob", ordered), order("joe", ordered))
    app = shop(MORNING)
    app.run()
    found = ledger(app)
    assert {found[name, channel] for name in ("bob",) for channel in ("email", "sms")} == {GONE}
    assert {found[name, channel] for name in ("ann", "eva") for channel in ("email", "sms")} == {SENT}
    assert len(list((tmp_path / "outbox").iterdir())) == sum(state == SENT for state in found.values())


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_an_edit_of_the_rule_is_for_the_next_run(shop: Open, tmp_path: Path) -> None:
    rule = (tmp_path / "rules/email.yaml").read_text().replace("180 days", "300 days")
    (tmp_path / "rules/email.yaml").write_text(rule)
    bring(shop("2026-03-03T06:00:00Z"), Customer, person("zoe"))
    app = shop(MORNING)
    app.run()
    assert set(ledger(app).values()) == {SENT}


def test_who_unsubscribed_or_answered_stop_gets_nothing(shop: Open, tmp_path: Path) -> None:
    app = shop("2026-03-03T06:00:00Z")
    with app.database.read() as connection:
        mine = select(delivery.c.delivery_id).where(
            delivery.c.customer_id == "ann", delivery.c.channel == "email"
        )
        letter = connection.execute(mine).scalar_one()
    assert app.visits.unsubscribe(app.visits.links.token(letter), clock.now()) is not None
    stop = event(EventKind.STOPPED, at=clock.now(), channel=Channel.SMS, address="+447700900121")
    tell(app.database, stop, now=clock.now() + timedelta(seconds=1))
    app = shop(MORNING)
    app.run()
    found = ledger(app)
    assert found.pop(("ann", "email")) == ("skipped", "no_consent")
    assert found.pop(("bob", "sms")) == ("suppressed", "opted_out")
    assert set(found.values()) == {SENT}
    assert len(list((tmp_path / "outbox").iterdir())) == 6
