"""Consents into the store: append-only, the later in the file wins at one instant."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.database import table
from engine.store.people import Consent

_consents = table(Consent)
_COLUMNS = ("customer_id", "channel", "topic", "at", "status", "source")
_INSTANT = ("customer_id", "channel", "at")
_MOMENT = ("customer_id", "channel", "topic", "at")


def record_consents(connection: Connection, rows: Select[Any]) -> None:
    """Adds what says something new; `rows` have the columns of `consent`, and each moment once.

    Their `seq` counts what is said of one channel at one instant. A yes or no that already holds at
    its instant changes nothing. What is new, or contradicts, gets a `seq` above all of that instant:
    an opt-out of the channel ends the topics that stand before it in the file.
    """
    said = rows.subquery("said")
    then = and_(*(_consents.c[name] == said.c[name] for name in _INSTANT))
    before = select(func.max(_consents.c.seq) + 1).where(then).scalar_subquery()
    seq = func.coalesce(before, 0) + said.c.seq
    here = and_(*(_consents.c[name] == said.c[name] for name in _MOMENT))
    holds = select(_consents.c.status).where(here).order_by(_consents.c.seq.desc()).limit(1).scalar_subquery()
    words = [said.c[name] for name in _COLUMNS]
    there = exists().where(here)
    new = select(*words, seq).where(or_(~there, holds != said.c.status))
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement: Any = insert(_consents).from_select([*_COLUMNS, "seq"], new)
    again = {"seq": statement.excluded.seq, "source": statement.excluded.source}
    connection.execute(statement.on_conflict_do_update(index_elements=[*_MOMENT, "status"], set_=again))


def add_consents(connection: Connection, rows: Select[Any]) -> None:
    """Adds what is known to be said of its moments for the first time."""
    connection.execute(_consents.insert().from_select([*_COLUMNS, "seq"], rows))
