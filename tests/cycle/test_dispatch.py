"""From the outbox to the provider, on both databases, with the `file` provider."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cycle.dispatch import dispatch
from engine.settings import Settings
from engine.store.database import Database
from tests.outbox import shop


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    yield opened
    opened.close()


def settings(tmp_path: Path, **channel: object) -> Settings:
    email = {"from": "The Shop <shop@example.com>", "batch": 7, **channel}
    return Settings.model_validate({"channels": {"email": email}, "root": tmp_path})


def test_everything_due_is_sent_once(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 30)
    clock, stop = shop.Clock(), shop.never()
    counts = dispatch(database, settings(tmp_path), shop.write, shop.allow, clock, stop)
    assert counts.by_state == {"accepted": 30}
    assert len(list((tmp_path / "outbox").iterdir())) == 30
    again = dispatch(database, settings(tmp_path), shop.write, shop.allow, clock, stop)
    assert again.by_state == {"accepted": 30}
    assert len(list((tmp_path / "outbox").iterdir())) == 30
