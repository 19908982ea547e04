"""Stores that a module's tests only read: filled once on each database, and asked many times."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from engine import document
from engine.durations import Calendar
from engine.rules.compiler import Scope, select_ids
from engine.rules.condition import Condition, Reading, parse
from engine.store.database import Database
from engine.store.migrate import upgrade
from tests.conftest import _postgres_database


@contextmanager
def store(dialect: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A store with every table and no rows."""
    if dialect == "sqlite":
        upgrade(f"sqlite:///{folder / 'store.db'}")
        database = Database(f"sqlite:///{folder / 'store.db'}")
        yield database
        database.close()
        return
    server = request.getfixturevalue("postgres_server")
    for url in _postgres_database(server, request.getfixturevalue("migrated_postgres")):
        database = Database(url)
        yield database
        database.close()


def condition(text: str, currency: str = "GBP", calendar: Calendar | None = None) -> Condition:
    """The condition that a YAML text says."""
    return parse(document.parse(text, "rule.yaml"), (), Reading(calendar or Calendar(), currency))


def ids(database: Database, rule: Condition, scope: Scope) -> set[str]:
    """Who matches; a customer found twice is a failure."""
    with database.read() as connection:
        found = [row[0] for row in connection.execute(select_ids(rule, scope))]
    assert len(found) == len(set(found))
    return set(found)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
