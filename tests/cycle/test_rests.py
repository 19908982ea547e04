"""Channels that rest, campaigns that are stopped, and how much a channel may send, through a real carrier."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from engine.durations import Calendar
from engine.outbox import pauses, rests
from engine.settings import Settings
from engine.store.database import Database
from tests.channels.carrier import Carrier, Said, carrying
from tests.channels.test_http_providers import errors
from tests.cycle.test_dispatch import send, settings
from tests.outbox import shop
from tests.outbox.shop import NOW, Clock

TAKEN = Said(202, headers={"X-Message-Id": "m1"})


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    yield opened
    opened.close()


def over(carrier: Carrier, tmp_path: Path, **channel: Any) -> Settings:
    chosen = settings(tmp_path, provider="sendgrid", timeout=0.5, connections=1, **channel)
    secrets = {"SENDGRID_API_KEY": SecretStr("SG.x"), "SENDGRID_BASE_URL": SecretStr(carrier.url)}
    return chosen.model_copy(update={"secrets": secrets})


def later(minutes: float) -> Clock:
    return Clock(NOW + timedelta(minutes=minutes))


def test_a_429_makes_the_whole_channel_wait_for_every_process_and_costs_no_attempt(
    database: Database, tmp_path: Path
) -> None:
    shop.fill(database, 10)
    with carrying(TAKEN, Said(429, "{}", {"Retry-After": "600"}), TAKEN) as carrier:
        counts = send(database, over(carrier, tmp_path))
        assert counts.by_state == {"accepted": 1, "planned": 8, "retry_wait": 1}
        assert counts.troubles == {"email": "429: slow_down"}
        send(database, over(carrier, tmp_path), clock=later(5))
        assert len(carrier.heard) == 2, "nobody asks before it is time"
        waiting = shop.rows(database)
        assert {row.attempts for row in waiting} == {0, 1}
        with database.write() as connection:
            rests.clear(connection, "email")
        assert send(database, over(carrier, tmp_path), clock=later(60 * 24 * 365)).by_state == {
            "accepted": 10
        }


def test_silence_closes_the_channel_and_one_message_tries_it_again(
    database: Database, tmp_path: Path
) -> None:
    shop.fill(database, 30)
    silent = Said(500)
    with carrying(*[silent] * 6, TAKEN) as carrier:
        counts = send(database, over(carrier, tmp_path, batch=30))
        assert counts.by_state == {"unknown": 5, "planned": 25}
        assert "were not answered" in counts.troubles["email"]
        send(database, over(carrier, tmp_path, batch=30), clock=later(0.5))
        assert len(carrier.heard) == 5, "it rests"
        with database.read() as connection:
            ((channel, until, why),) = rests.resting(connection, NOW)
        assert (channel, until) == ("email", NOW + timedelta(minutes=1))
        assert why == "silent: 5 messages in a row were not answered: answer_lost: http 500"
        send(database, over(carrier, tmp_path, batch=30), clock=later(2))
        assert len(carrier.heard) > 6, "the sixth was the probe of a batch of one, then it was whole again"
    assert shop.states(database)["unknown"] == 6


def test_refusals_all_alike_stop_the_campaign_and_not_the_others(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 20)
    with carrying(Said(400, errors("content.0.value", "The content value must be a string."))) as carrier:
        send(database, over(carrier, tmp_path, batch=20))
        assert len(carrier.heard) == 5
    assert shop.states(database) == {"failed": 5, "planned": 15}
    with database.write() as connection:
        assert pauses.scopes(connection) == {"campaign:hello"}
        (row,) = connection.execute(pauses.pause.select()).all()
        assert row.reason == (
            "5 messages in a row were refused alike: 400: The content value must be a string."
        )
        connection.execute(pauses.pause.delete())
    with carrying(TAKEN) as carrier:
        send(database, over(carrier, tmp_path))
    assert shop.states(database) == {"failed": 5, "accepted": 15}


def test_bad_addresses_do_not_stop_a_campaign(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 12)
    with carrying(Said(400, errors("personalizations.0.to.0.email", "no address"))) as carrier:
        send(database, over(carrier, tmp_path))
    assert shop.states(database) == {"failed": 12}


def test_so_many_a_day_and_more_each_day_at_first(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 20)
    with carrying(TAKEN) as carrier:
        chosen = over(carrier, tmp_path, warm_up=[3, 5], per_day=8)
        for day, accepted in enumerate((3, 8, 16, 20)):
            for _ in range(2):
                send(database, chosen, clock=later(day * 24 * 60))
            assert shop.states(database)["accepted"] == accepted


def test_so_many_a_second(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 6)
    with carrying(TAKEN) as carrier:
        began = time.monotonic()
        send(database, over(carrier, tmp_path, per_second=20))
        assert len(carrier.heard) == 6
    assert time.monotonic() - began >= 5 / 20


def test_a_day_begins_at_the_brands_midnight() -> None:
    assert Calendar("Asia/Tehran").midnight(NOW).isoformat() == "2026-03-01T20:30:00+00:00"
