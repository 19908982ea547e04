"""What an operator decides about messages of which nobody knows whether they went out (T14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, and_, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from engine import clock
from engine.cycle.came_back import record
from engine.errors import YoursToFix
from engine.outbox.doubts import deny, send_again
from engine.outbox.intent import attempt
from engine.outbox.transitions import Key, delivery
from engine.store.database import Database
from engine.text import nearest
from engine.vocabulary import Event, EventKind, State, Verdict

#: What a person can say: it went out, it did not, or send it whether it did or not.
Word = Literal["sent", "not-sent", "again"]
#: Whose word it was, in what came back.
OPERATOR = "operator"
_AT_ONCE = 1_000
_UNRESOLVED = delivery.c.state == State.UNRESOLVED.value
#: The attempt that is in doubt, the last one of several.
_TOKEN = (
    select(attempt.c.token)
    .where(attempt.c.customer_id == delivery.c.customer_id, attempt.c.dedupe_key == delivery.c.dedupe_key)
    .order_by(case((attempt.c.verdict == Verdict.UNKNOWN.value, 0), else_=1), attempt.c.epoch.desc())
    .limit(1)
    .scalar_subquery()
    .label("token")
)
_COLUMNS = (delivery.c.customer_id, delivery.c.dedupe_key, delivery.c.delivery_id, delivery.c.epoch, _TOKEN)


@dataclass(frozen=True)
class Which:
    """The messages that are decided about: by their ids, or all of a campaign that are unresolved."""

    ids: Sequence[str] = ()
    campaign: str | None = None

    @property
    def clause(self) -> ColumnElement[bool]:
        if self.campaign is not None:
            return and_(_UNRESOLVED, delivery.c.campaign == self.campaign)
        return and_(_UNRESOLVED, delivery.c.delivery_id.in_(list(self.ids)))


def campaigns(database: Database, which: Which) -> dict[str, int]:
    """How many messages are to be decided about, by campaign.

    Raises YoursToFix for an id that nobody knows, or about which there is nothing to decide.
    """
    with database.read() as connection:
        _known(connection, which.ids)
        counted = select(delivery.c.campaign, func.count()).where(which.clause).group_by(delivery.c.campaign)
        found = {row[0]: int(row[1]) for row in connection.execute(counted.order_by(delivery.c.campaign))}
    if not found:
        raise YoursToFix(f"nothing of {which.campaign} is unresolved: there is nothing to decide")
    return found


def resolve(database: Database, which: Which, word: Word, who: str, why: str, now: datetime) -> int:
    """Does as the person says, and writes down who said so, when and why. Returns how many it was true of.

    What is no longer unresolved by then, or is to go again and is past its time, stays as it is.
    """
    note = f"{who} at {clock.iso(now)}: {word}" + f", {why}" * bool(why)
    done = 0
    with database.write() as connection:
        for rows in _rows(connection, which):
            keys: list[Key] = [(row.customer_id, row.dedupe_key) for row in rows]
            if word == "sent":
                done += record(connection, [_told(row, note, now) for row in rows], now).proven
            else:
                done += (deny if word == "not-sent" else send_again)(connection, keys, note, now)
    return done


def _known(connection: Connection, ids: Sequence[str]) -> None:
    named = select(delivery.c.delivery_id, delivery.c.state).where(delivery.c.delivery_id.in_(list(ids)))
    states = {row.delivery_id: row.state for row in connection.execute(named)} if ids else {}
    for one in ids:
        state = states.get(one)
        if state is None:
            open_ = connection.execute(select(delivery.c.delivery_id).where(_UNRESOLVED).limit(1_000))
            near = nearest(one, list(open_.scalars()))
            lists = "`rekindle deliveries --state unresolved` lists them"
            hint = f"did you mean {near!r}?" if near else lists
            raise YoursToFix(f"there is no delivery {one!r} ({hint})")
        if state == State.UNKNOWN:
            raise YoursToFix(f"{one} is still unknown: evidence may come by itself until it is unresolved")
        if state != State.UNRESOLVED:
            raise YoursToFix(f"{one} is {state}: there is nothing to decide")


def _rows(connection: Connection, which: Which) -> Iterator[Sequence[Any]]:
    """The rows, so many at once; each once, whatever becomes of it meanwhile."""
    after = ""
    while True:
        more = and_(which.clause, delivery.c.delivery_id > after)
        rows = connection.execute(
            select(*_COLUMNS).where(more).order_by(delivery.c.delivery_id).limit(_AT_ONCE)
        ).all()
        if not rows:
            return
        after = rows[-1].delivery_id
        yield rows


def _told(row: Any, note: str, now: datetime) -> Event:
    """A person's word as an event about the attempt in doubt: it proves as much as a provider's."""
    return Event(
        fingerprint=f"{OPERATOR}:{row.delivery_id}:{row.epoch}",
        kind=EventKind.SENT,
        at=now,
        token=row.token or "",
        delivery_id=row.delivery_id,
        provider=OPERATOR,
        detail=note,
    )
