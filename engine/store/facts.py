"""What the installation remembers of itself, made once and kept: its signing key, its id."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.campaigns import Fact
from engine.store.database import table

_FACT = table(Fact)


def recall(connection: Connection, name: str) -> str | None:
    """The fact of that name, or None."""
    found = connection.execute(select(_FACT.c.value).where(_FACT.c.name == name)).scalar()
    return None if found is None else str(found)


def remember(connection: Connection, name: str, make: Callable[[], str]) -> str:
    """The fact of that name; made and kept if it is not there. Of two makers the first one wins."""
    there = recall(connection, name)
    if there is not None:
        return there
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(insert(_FACT).values(name=name, value=make()).on_conflict_do_nothing())
    kept = recall(connection, name)
    assert kept is not None
    return kept
