"""Channels that rest for a while: asked to by the provider, or because answers stay away.

Unlike a pause a rest ends by itself, and every process on the store keeps it. After a rest for want of
answers a single message goes first: when it is answered the channel is whole again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.database import table
from engine.store.ledger import Rest

rest = table(Rest)

_FIRST, _LONGEST = timedelta(minutes=1), timedelta(minutes=30)


def room(connection: Connection, channel: str, now: datetime, limit: int) -> int:
    """How many messages of the channel may begin now, of `limit`."""
    found = connection.execute(select(rest).where(rest.c.channel == channel)).one_or_none()
    if found is None:
        return limit
    if found.until > now:
        return 0
    return 1 if found.strikes else limit


def resting(connection: Connection, now: datetime) -> list[tuple[str, datetime, str]]:
    """The channels that rest now: until when, and why."""
    rows = connection.execute(select(rest).where(rest.c.until > now).order_by(rest.c.channel))
    return [(row.channel, row.until, row.reason) for row in rows]


def put(connection: Connection, channel: str, until: datetime, reason: str, strikes: int = 0) -> None:
    """Lets the channel rest until then; a longer rest that is on stays."""
    adding = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"channel": channel, "until": until, "reason": reason, "strikes": strikes}
    statement = adding(rest).values(row)
    again = {name: statement.excluded[name] for name in ("until", "reason", "strikes")}
    shorter = rest.c.until <= until
    connection.execute(statement.on_conflict_do_update(index_elements=["channel"], set_=again, where=shorter))


def strike(connection: Connection, channel: str, now: datetime, reason: str) -> datetime:
    """Lets a channel rest that does not answer, each time twice as long; until when."""
    had = connection.execute(select(rest.c.strikes).where(rest.c.channel == channel)).scalar() or 0
    until: datetime = now + min(_FIRST * 2 ** min(had, 10), _LONGEST)
    put(connection, channel, until, reason, had + 1)
    return until


def clear(connection: Connection, channel: str) -> bool:
    """The channel is whole again; whether it was not."""
    return connection.execute(rest.delete().where(rest.c.channel == channel)).rowcount > 0
