"""How it stands, for whoever watches."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.app import App
from engine.outbox import pauses
from tests.outbox.shop import NOW
from tests.web.door import Door


def test_it_lives_and_is_ready(door: Door) -> None:
    assert door("GET", "/healthz").text == "alive\n"
    assert door("HEAD", "/healthz").status_code == 200
    answer = door("GET", "/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": []})


def test_what_a_person_paused_is_as_they_want_it(door: Door) -> None:
    for scope in ("email", "all"):
        door.app.pause(scope, "stocktaking")
    assert door("GET", "/readyz").status_code == 200


def test_a_halted_channel_is_told(door: Door) -> None:
    with door.app.database.write() as connection:
        pauses.put(connection, "channel:email", "key: SENDGRID_API_KEY is not set", NOW)
    door.app.pause("email", "and a person says so, too")
    answer = door("GET", "/readyz")
    reason = "channel email is stopped: key: SENDGRID_API_KEY is not set"
    assert (answer.status_code, answer.json()["reasons"]) == (503, [reason])
    assert door("GET", "/healthz").status_code == 200


def test_a_store_of_another_age_is_told(door: Door) -> None:
    with door.app.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = door("GET", "/readyz")
    assert answer.status_code == 503
    assert "newer than this program" in answer.json()["reasons"][0]


def test_a_store_that_is_away_is_told(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}"
    configured = door.app.settings.model_copy(update={"database": door.app.settings.database})
    monkeypatch.setitem(configured.__dict__, "database_url", away)
    door.app = App(configured)
    answer = door("GET", "/readyz")
    assert answer.status_code == 503
    assert len(answer.json()["reasons"]) == 2  # no store, and no folder to write into
    page = door("GET", "/u/token")
    assert (page.status_code, page.headers["retry-after"]) == (503, "30")
    assert "Not just now" in page.text


def test_metrics_are_the_ledgers_totals(door: Door) -> None:
    door.promise()
    door.hand_over()
    door.promise(channel="sms", not_before=NOW.replace(year=2099))
    answer = door("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'rekindle_deliveries{campaign="hello",channel="email",state="accepted"} 3.0' in answer.text
    assert 'rekindle_deliveries{campaign="hello",channel="sms",state="planned"} 3.0' in answer.text


def test_without_the_extra_metrics_are_a_sentence(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "engine.web.metrics", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    answer = door("GET", "/metrics")
    assert answer.status_code == 501
    assert answer.text == "metrics need prometheus-client: pip install 'rekindle[observe]'\n"
