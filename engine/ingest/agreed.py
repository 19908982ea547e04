"""Consents into the store: append-only, the later in the file wins at one instant."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.database import table
from engine.store.people import Consent

_consents = table(Consent)
_COLUMNS = ("customer_id", "channel", "topic", "at", "status", "source")
_MOMENT = ("customer_id", "channel", "topic", "at")


def record_consents(connection: Connection, rows: Select[Any]) -> None:
    """Adds what says something new; `rows` have the columns of `consent` but `seq`, and each moment once.

    A yes or no that already holds at its instant changes nothing. One that contradicts it gets a
    higher `seq`, and so holds from then on.
    """
    said = rows.subquery("said")
    here = and_(*(_consents.c[name] == said.c[name] for name in _MOMENT))
    holds = select(_consents.c.status).where(here).order_by(_consents.c.seq.desc()).limit(1).scalar_subquery()
    seq = select(func.max(_consents.c.seq) + 1).where(here).scalar_subquery()
    words = [said.c[name] for name in _COLUMNS]
    there = exists().where(here)
    contradicting = select(*words, seq).where(there, holds != said.c.status)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement: Any = insert(_consents).from_select([*_COLUMNS, "seq"], contradicting)
    again = {"seq": statement.excluded.seq, "source": statement.excluded.source}
    connection.execute(statement.on_conflict_do_update(index_elements=[*_MOMENT, "status"], set_=again))
    add_consents(connection, select(*words).where(~there))


def add_consents(connection: Connection, rows: Select[Any]) -> None:
    """Adds what is known to be said of its moments for the first time."""
    first = rows.add_columns(literal(0).label("seq"))
    connection.execute(_consents.insert().from_select([*_COLUMNS, "seq"], first))
