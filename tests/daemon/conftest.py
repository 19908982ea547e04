"""A shop on each database, whose daemons are gone after the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.shop import Shop


@pytest.fixture
def shop(tmp_path: Path, store_url: str) -> Iterator[Shop]:
    made = Shop(tmp_path / "project", store_url)
    yield made
    made.close()


@pytest.fixture
def small_shop(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Shop]:
    """On SQLite only: for what has nothing to do with the store."""
    store = tmp_path / "store.db"
    store.write_bytes(migrated_sqlite.read_bytes())
    made = Shop(tmp_path / "project", f"sqlite:///{store}")
    yield made
    made.close()
