"""One plan of several slots and campaigns: nobody enters twice, and nobody stands back for a held run."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.app import App
from engine.store.campaigns import Enrollment
from engine.store.database import table
from engine.store.people import Customer

CONFIG = """
brand: {{name: Shop, postal_address: 1 Street, public_url: https://shop.example}}
database: {{url: "{url}"}}
channels: {{email: {{from: hello@shop.example}}}}
policy:
  consent: assumed
  quiet_hours: none
  max_share: none
  caps: [{{max: 1, per: 7 days}}]
"""
RULE = """
campaign: {name}
stage: active
schedule: {schedule}
audience: [everyone: true]
priority: {priority}
{more}
steps: [email: letter]
"""
Shop = Callable[..., App]


@pytest.fixture
def shop(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    (tmp_path / "config.yaml").write_text(CONFIG.format(url=store_url))
    for folder in ("rules", "templates/layouts"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "templates/letter.email.j2").write_text(
        "---\nsubject: Hello\npreheader: x\n---\n<p>Hello</p>\n"
    )
    (tmp_path / "templates/layouts/email.j2").write_text("{% block body %}{% endblock %}")

    opened: list[App] = []

    def open_at(now: str) -> App:
        monkeypatch.setenv("REKINDLE_NOW", now)
        opened.append(App.open(tmp_path / "config.yaml"))
        return opened[-1]

    yield open_at
    for app in opened:
        app.close()


def rule(
    tmp_path: Path, name: str, priority: int = 50, schedule: str = "daily at 10:00", more: str = ""
) -> None:
    text = RULE.format(name=name, priority=priority, schedule=schedule, more=more)
    (tmp_path / "rules" / f"{name}.yaml").write_text(text)


def add(app: App, *people: dict[str, Any]) -> None:
    rows = [{"email_address": f"{one['customer_id']}@example.com", "bucket": 1} | one for one in people]
    with app.database.write() as connection:
        for row in rows:
            connection.execute(table(Customer).insert().values(row))


def planned(app: App, *names: str) -> list[tuple[str, str]]:
    """Makes the plans of what is due, or of the named, and tells who is to get what."""
    app.plan_due(names)
    return sorted((one["campaign"], one["customer_id"]) for one in app.deliveries())


def test_an_approved_run_and_the_next_slot_write_once(shop: Shop, tmp_path: Path) -> None:
    rule(tmp_path, "letter", more="reenter: always\nlimits: {max_audience: 1}")
    app = shop("2026-07-01T10:00:00Z")
    add(app, {"customer_id": "ann"}, {"customer_id": "bob"})
    assert planned(app) == []
    shop("2026-07-01T11:00:00Z").approve("letter")
    rule(tmp_path, "letter", more="reenter: always\nlimits: {max_audience: 9}")
    app = shop("2026-07-02T10:00:00Z")
    shown = app.preview(["letter"])["campaigns"][0]
    assert (shown["will_send"], shown["excluded"]["already_enrolled"]) == (2, 2)
    assert planned(app) == [("letter", "ann"), ("letter", "bob")]


def test_an_address_shared_by_two_zones_is_written_to_once(shop: Shop, tmp_path: Path) -> None:
    rule(tmp_path, "letter", schedule='{cron: "0 10 * * *", timezone: recipient}')
    app = shop("2026-07-01T22:00:00Z")
    for name, zone in (("ann", "Europe/London"), ("bob", "Asia/Tehran"), ("cid", "")):
        add(app, {"customer_id": name, "timezone": zone, "email_address": "all@example.com"})
    assert len(planned(app, "letter")) == 1


def test_nobody_stands_back_for_a_run_that_is_held(shop: Shop, tmp_path: Path) -> None:
    rule(tmp_path, "held", priority=90, more="limits: {max_audience: 1}")
    rule(tmp_path, "other", priority=10)
    app = shop("2026-07-01T10:00:00Z")
    add(app, {"customer_id": "ann"}, {"customer_id": "bob"})
    shown = {one["campaign"]: one for one in app.preview()["campaigns"]}
    assert (shown["held"]["will_send"], shown["other"]["will_send"]) == (2, 2)
    assert planned(app) == [("other", "ann"), ("other", "bob")]


def test_a_slot_that_has_run_does_not_count_in_a_preview(shop: Shop, tmp_path: Path) -> None:
    rule(tmp_path, "first", priority=90)
    rule(tmp_path, "second", priority=10)
    app = shop("2026-07-01T10:00:00Z")
    add(app, {"customer_id": "ann"})
    assert planned(app, "first") == [("first", "ann")]
    app = shop("2026-07-01T10:05:00Z")
    add(app, {"customer_id": "bob"})
    shown = {one["campaign"]: one for one in app.preview(["first", "second"])["campaigns"]}
    assert "has run already" in shown["first"]["held"]
    assert shown["second"]["will_send"] == 1
    assert planned(app, "first", "second") == [("first", "ann"), ("second", "bob")]


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (None, "templates/other.email.j2 is missing"),
        ("<p>Hello</p>", "does not begin with front matter"),
        ("---\nsubject: x\n---\n{% if %}", "templates/other.email.j2:4:"),
    ],
)
def test_nobody_is_used_up_by_a_template_that_cannot_be_read(
    shop: Shop, tmp_path: Path, template: str | None, told: str
) -> None:
    rule(tmp_path, "other")
    (tmp_path / "rules/other.yaml").write_text(
        (tmp_path / "rules/other.yaml").read_text().replace("email: letter", "email: other")
    )
    path = tmp_path / "templates/other.email.j2"
    if template is not None:
        path.write_text(template)
    app = shop("2026-07-01T10:00:00Z")
    add(app, {"customer_id": "ann"})
    shown = app.preview(["other"])["campaigns"][0]
    assert (shown["matched"], shown["will_send"]) == (1, 1)
    assert told in shown["held"]
    assert planned(app, "other") == []
    path.write_text("---\nsubject: Hello\n---\n<p>Hello</p>\n")
    assert planned(shop("2026-07-01T10:01:00Z"), "other") == [("other", "ann")]


def test_zones_that_are_held_are_shown_apart_from_those_that_go(shop: Shop, tmp_path: Path) -> None:
    schedule, most = '{cron: "0 10 * * *", timezone: recipient}', "limits: {max_audience: 1}"
    rule(tmp_path, "letter", schedule=schedule, more=most)
    app = shop("2026-07-01T22:00:00Z")
    for name, zone in (("ann", "Europe/London"), ("bob", "Asia/Tehran"), ("cid", "Asia/Tehran")):
        add(app, {"customer_id": name, "timezone": zone})
    shown = {bool(one["held"]): one for one in app.preview(["letter"])["campaigns"]}
    assert [one["customer_id"] for one in shown[False]["names"]["will_send"]] == ["ann"]
    assert [one["customer_id"] for one in shown[True]["names"]["will_send"]] == ["bob", "cid"]
    assert planned(app, "letter") == [("letter", "ann")]


def test_a_slot_that_has_run_holds_nobody_out_any_more(shop: Shop, tmp_path: Path) -> None:
    rule(tmp_path, "letter", more="holdout: 100%")
    app = shop("2026-07-01T10:00:00Z")
    app.plan_due()
    add(app, {"customer_id": "ann"})
    shown = app.preview(["letter"])["campaigns"][0]
    assert "has run already" in shown["held"]
    assert shown["excluded"]["holdout"] == 1


def test_a_clock_that_was_set_back_lets_nobody_in_again(shop: Shop, tmp_path: Path) -> None:
    rule(tmp_path, "letter", more="reenter: always\nkind: transactional")
    app = shop("2026-07-02T10:00:00Z")
    add(app, {"customer_id": "ann"})
    with app.database.write() as connection:
        row: dict[str, Any] = {"customer_id": "ann", "campaign": "letter", "version": "v"}
        row |= {
            "slot": "2026-07-02T10:00",
            "state": "finished",
            "entered_at": datetime(2026, 7, 2, 10, tzinfo=UTC),
        }
        connection.execute(table(Enrollment).insert().values(row))
    assert planned(shop("2026-07-02T09:00:00Z"), "letter") == []
    assert planned(shop("2026-07-03T10:00:00Z"), "letter") == [("letter", "ann")]
