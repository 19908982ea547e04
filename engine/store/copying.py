"""One store's rows in another one, of the other kind of database too: how a shop moves to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, not_, select
from sqlmodel import SQLModel

from engine.errors import YoursToFix
from engine.store import campaigns, history, ledger, migrate, outcomes, people, replies  # noqa: F401
from engine.store.campaigns import Fact
from engine.store.database import Database, table
from engine.store.ledger import Delivery

_BATCH = 5_000
#: What says who works on a store is not of its rows.
_CARDS = "daemon:"
delivery, fact = table(Delivery), table(Fact)


def copy(source: Database, target: Database) -> Iterator[tuple[str, int]]:
    """Every table of the source and how many of its rows are in the target now; all of it, or nothing.

    The target must be of this program's schema and empty, and nobody may be at work on the source.
    Raises YoursToFix.
    """
    migrate.ready(source)
    migrate.ready(target)
    with source.read() as reading, target.write() as writing:
        _idle(reading)
        _empty(writing)
        for rows in SQLModel.metadata.sorted_tables:
            yield rows.name, _copied(reading, writing, rows)


def _idle(connection: Connection) -> None:
    held = delivery.c.state.in_(["claimed", "sending"])
    count = connection.execute(select(func.count()).where(held)).scalar_one()
    if count:
        raise YoursToFix(
            f"workers have messages in hand ({count:,}): stop the daemons, `rekindle pause --all`, then "
            "`rekindle run` once, which takes over from the dead and sends nothing"
        )


def _empty(connection: Connection) -> None:
    for rows in SQLModel.metadata.sorted_tables:
        if connection.execute(select(rows).limit(1)).first() is not None:
            raise YoursToFix(
                f"the store to copy into has rows ({rows.name}); make an empty one with `rekindle db upgrade`"
            )


def _copied(source: Connection, target: Connection, rows: Table) -> int:
    asked = select(rows)
    if rows.name == fact.name:
        asked = asked.where(not_(fact.c.name.startswith(_CARDS)))
    found = source.execution_options(yield_per=_BATCH).execute(asked)
    count = 0
    for some in found.partitions(_BATCH):
        target.execute(rows.insert(), _plain(some))
        count += len(some)
    there = target.execute(select(func.count()).select_from(rows)).scalar_one()
    if there != count:
        raise YoursToFix(
            f"{rows.name}: {count:,} rows were read, and {there:,} are there; nothing was copied"
        )
    return count


def _plain(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in rows]
