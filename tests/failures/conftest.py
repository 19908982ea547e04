"""Stores, opened for the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.database import Database
from tests.daemon.conftest import small_shop  # noqa: F401  a fixture


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """On SQLite and on PostgreSQL."""
    opened = Database(store_url)
    yield opened
    opened.close()


@pytest.fixture
def small(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """On SQLite only: for what has nothing to do with the store."""
    path = tmp_path / "small.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.close()
