"""A clock that has been set back: nothing goes out twice by it, but everything at the wrong time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine import clock
from engine.errors import Standstill
from engine.store.campaigns import Fact, Run
from engine.store.database import Database, table
from engine.store.ledger import Delivery
from engine.vocabulary import Channel

delivery, fact, run = table(Delivery), table(Fact), table(Run)

#: A clock may be put right by hours; whoever loses more has lost the date.
TOLERANCE = timedelta(days=1)
#: What the store remembers of a time that a person has called wrong.
_WRONG = "clock:was_wrong_until"


def last_worked(connection: Connection) -> datetime | None:
    """When the store last ran a campaign, or began a message; None when it never did."""
    begun = [
        select(func.max(delivery.c.sent_at)).where(
            delivery.c.channel == channel.value, delivery.c.sent_at.isnot(None)
        )
        for channel in Channel  # one by one: so each is the end of an index
    ]
    asked = [select(func.max(run.c.started_at)), *begun]
    known = [connection.execute(one).scalar() for one in asked]
    return max((one for one in known if one is not None), default=None)


def refusal(connection: Connection, now: datetime) -> str:
    """Why nothing may be planned or sent by this clock; empty where it may."""
    last = last_worked(connection)
    if last is None or now >= last - TOLERANCE or last <= _called_wrong(connection):
        return ""
    return (
        f"the clock says {clock.iso(now)}, and the store last worked at {clock.iso(last)}: "
        "set the clock right; if it is right now and was wrong then, `rekindle resume --all`"
    )


def sound(database: Database, now: datetime) -> None:
    """Raises Standstill where the clock must not be worked by."""
    with database.read() as connection:
        told = refusal(connection, now)
    if told:
        raise Standstill(told)


def believe(database: Database, now: datetime) -> bool:
    """A person says that the clock is right: what lies ahead of it was dated by a wrong one.

    Returns whether anything did.
    """
    with database.write() as connection:
        if not refusal(connection, now):
            return False
        insert = sqlite.insert if database.is_sqlite else postgresql.insert
        row = insert(fact).values(name=_WRONG, value=clock.iso(last_worked(connection) or now))
        newest = {"value": row.excluded.value}
        connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=newest))
        return True


def _called_wrong(connection: Connection) -> datetime:
    said = connection.execute(select(fact.c.value).where(fact.c.name == _WRONG)).scalar()
    return clock.parse_instant(said or "0001-01-01T00:00:00Z")
