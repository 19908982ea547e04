"""Promising rows by hand: INSERT..SELECT of rows that are ready, into the ledger with all its indexes."""

from __future__ import annotations

from sqlalchemy import text

from engine.store.database import Database

READY = "bench_ready"


def keep(url: str) -> int:
    """Puts the ledger's rows aside, ready to be inserted again, and tells how many."""
    database = Database(url)
    with database.write() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {READY}"))
        connection.execute(text(f"CREATE TABLE {READY} AS SELECT * FROM delivery"))
        rows = connection.execute(text(f"SELECT count(*) FROM {READY}")).scalar_one()
    database.close()
    return int(rows)


def insert(url: str) -> int:
    """All of them, whatever is there already left alone."""
    database = Database(url)
    with database.write() as connection:
        done = connection.execute(
            text(f"INSERT INTO delivery SELECT * FROM {READY} WHERE true ON CONFLICT DO NOTHING")
        ).rowcount
    database.close()
    return int(done)


def clear(url: str) -> None:
    """Takes everything out of the ledger, and what was put aside stays."""
    database = Database(url)
    with database.write() as connection:
        for name in ("attempt", "delivery", "enrollment", "run", "campaign_version", "suppression", "pause"):
            way = f"DELETE FROM {name}" if database.is_sqlite else f"TRUNCATE {name}"
            connection.execute(text(way))
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not database.is_sqlite:
            connection.execute(text("CHECKPOINT"))
    database.close()


def forget(url: str) -> None:
    """Takes away what was put aside."""
    database = Database(url)
    with database.write() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {READY}"))
    database.close()
