"""The gauges that are watched from outside, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine.cycle import operate
from engine.cycle.measures import KINDS, measures
from engine.outbox import rests
from engine.store.database import Database
from tests.doctor.clinic import sound
from tests.outbox.shop import NOW


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    sound(opened)
    yield opened
    opened.close()


def told(database: Database) -> dict[str, dict[tuple[str, ...], float]]:
    with database.read() as connection:
        return {one.name: dict(one.rows) for one in measures(connection, NOW + timedelta(hours=1))}


def test_every_figure(database: Database) -> None:
    found = told(database)
    assert list(found) == [one.name for one in KINDS]
    states = {"accepted": 4.0, "failed": 1.0, "cancelled": 1.0, "planned": 5.0, "retry_wait": 1.0}
    assert found["rekindle_deliveries"] == {("hello", "email", state): n for state, n in states.items()}
    assert found["rekindle_outcomes"] == {("hello", "email", "clicked"): 1}
    assert found["rekindle_runs"] == {("hello", "open"): 1}
    assert found["rekindle_last_run_timestamp_seconds"] == {("hello",): NOW.timestamp()}
    assert found["rekindle_waited_seconds"] == {(): 3600}
    assert (
        found["rekindle_duplicate_risk"] == found["rekindle_paused"] == found["rekindle_rest_seconds"] == {}
    )


@pytest.mark.parametrize("scope", ["all", "campaign:hello", "channel:email"])
def test_what_is_kept_back_does_not_wait(database: Database, scope: str) -> None:
    operate.pause(database, scope, NOW)
    found = told(database)
    assert found["rekindle_waited_seconds"] == {(): 0}
    assert found["rekindle_paused"] == {(scope,): 1}


def test_nor_does_what_rests(database: Database) -> None:
    with database.write() as connection:
        rests.put(connection, "email", NOW + timedelta(hours=2), "429")
    assert told(database)["rekindle_waited_seconds"] == {(): 0}
    assert told(database)["rekindle_rest_seconds"] == {("email",): 3600}
