"""Suppressing an address, whoever finds the reason: the same reasons in any order leave the same row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, literal
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.database import table
from engine.store.people import Suppression

suppression = table(Suppression)

#: The strongest first: what a person asked for outweighs what a server found. A reason that is none of
#: these is the shop's own, and outweighs them all: what comes back must not take it away.
REASONS = ("complained", "opted_out", "invalid_address", "bounced", "erased")


class Reason(NamedTuple):
    """Why an address of a channel is not used any more, and since when."""

    channel: str
    address: str
    reason: str
    at: datetime
    source: str


def suppress(connection: Connection, reasons: Iterable[Reason]) -> None:
    """The address has its strongest reason, and the date of its first."""
    rows = sorted(set(reasons))
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement: Any = insert(suppression)
    new, old = statement.excluded, suppression.c
    stronger = _strength(new.reason) < _strength(old.reason)
    first = case((new.at < old.at, new.at), else_=old.at)
    told = {name: case((stronger, new[name]), else_=old[name]) for name in ("reason", "source")}
    merged = statement.on_conflict_do_update(
        index_elements=["channel", "address"], set_={"at": first, **told}
    )
    connection.execute(merged, [one._asdict() for one in rows])


def _strength(reason: ColumnElement[str]) -> ColumnElement[int]:
    whens = {name: number for number, name in enumerate(REASONS)}
    return case(whens, value=reason, else_=literal(-1))
