"""Long ways through the model by chance, on both databases. Finding every mistake is the walk's business."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.database import Database
from tests.outbox.machine import wander
from tests.outbox.model import Broken
from tests.outbox.test_model import marked_before_it_is_sent


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_every_invariant_holds_on_the_way(database: Database, tmp_path: Path) -> None:
    wander(database, tmp_path / "workers", examples=5, always=True)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_breaks_at_once_is_met(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked_before_it_is_sent(monkeypatch)
    with pytest.raises(Broken):
        wander(database, tmp_path / "workers", examples=50, always=True)
