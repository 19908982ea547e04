"""Rules and templates that are edited between runs, and the people whom the rules tell apart."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.app import App
from engine.cycle.preview import Wish
from engine.store.database import table
from engine.store.history import Order
from engine.store.people import Customer

CONFIG = """
brand: {{name: Shop, postal_address: 1 Street, public_url: https://shop.example}}
database: {{url: "{url}"}}
channels: {{email: {{from: hello@shop.example}}}}
policy: {{consent: assumed, quiet_hours: none, max_share: none, caps: []}}
"""
RULE = """campaign: {name}
stage: re-engagement
schedule: daily at 10:00
audience:
  - {audience}
{more}steps: [email: letter]
"""
BOUGHT = {"ann": 3, "bea": 3, "cid": 4, "dan": 1, "eve": 1, "fay": 0}
FIRST, SECOND = "2026-07-01T10:00:00Z", "2026-07-02T10:00:00Z"
REGULAR = "orders: {count: {at_least: 3}}"


class Project:
    """Rules and templates that are edited between runs."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self._monkeypatch = root, monkeypatch
        self._opened: list[App] = []

    def at(self, now: str) -> App:
        self._monkeypatch.setenv("REKINDLE_NOW", now)
        self._opened.append(App.open(self.root / "config.yaml"))
        return self._opened[-1]

    def rule(self, audience: str = REGULAR, name: str = "letter", more: str = "") -> None:
        self.write(f"rules/{name}.yaml", RULE.format(name=name, audience=audience, more=more))

    def segment(self, condition: str) -> None:
        self.write("rules/staff.yaml", f"segment: staff\naudience: {{{condition}}}\n")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def remove(self, name: str) -> None:
        (self.root / name).unlink()

    def ran(self) -> None:
        self.at(FIRST).plan_due(["letter"])

    def edit(self, name: str = "letter", **wish: Any) -> dict[str, Any]:
        shown = self.at(SECOND).preview([name], wish=Wish(limit=0, **wish))["campaigns"][0]
        found: dict[str, Any] = shown["edit"]
        return found

    def close(self) -> None:
        for app in self._opened:
            app.close()


def opened(root: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with its shop; whatever it opened is closed in the end."""
    made = Project(root, monkeypatch)
    made.write("config.yaml", CONFIG.format(url=store_url))
    made.write("templates/letter.email.j2", "---\nsubject: Hello\npreheader: x\n---\n<p>Hello</p>\n")
    made.write("templates/layouts/email.j2", "{% block body %}{% endblock %}")
    with made.at(FIRST).database.write() as connection:
        for name, count in BOUGHT.items():
            person: dict[str, Any] = {
                "customer_id": name,
                "first_name": name.title(),
                "email": f"{name}@x.example",
            }
            person |= {"email_address": f"{name}@x.example", "bucket": 1, "country": "GB"}
            connection.execute(table(Customer).insert().values(person))
            for number in range(count):
                connection.execute(table(Order).insert().values(_order(name, number)))
    yield made
    made.close()


def _order(name: str, number: int) -> dict[str, Any]:
    at = datetime(2026, 6, 1 + number, tzinfo=UTC)
    paid = {"amount": 1000, "currency": "EUR", "status": "completed"}
    return {"order_id": f"{name}-{number}", "customer_id": name, "ordered_at": at} | paid
