"""STOP and START of one number: the last one holds, in whatever order they are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select

from engine.events.record import Taken, reply
from engine.store.suppressions import suppression
from engine.vocabulary import EventKind

_BOTH = (EventKind.STOPPED, EventKind.RESTARTED)
#: Who told of a STOP that was met when a message was handed over.
_AT_HAND_OVER = "provider"


class Said(NamedTuple):
    """One STOP or START."""

    kind: str
    at: datetime
    provider: str


def lift(connection: Connection, taken: Taken) -> int:
    """Takes a suppression back where a START is the last word. Returns how many numbers were set free.

    Of a STOP and a START at one instant the STOP wins. What the shop itself decided, a complaint, and a
    STOP that came with an import stay as they are.
    """
    return sum(_heed(connection, place, said) for place, said in _words(connection, taken))


def _words(connection: Connection, taken: Taken) -> Iterator[tuple[tuple[str, str], list[Said]]]:
    """By channel and address, the STOPs and STARTs that are known of the numbers that said one now."""
    people: dict[tuple[str, str], set[str]] = {}
    told: dict[tuple[str, str], set[Said]] = {}
    for one in taken.known:
        if one.event.kind in _BOTH and one.about.address:
            people.setdefault((one.about.channel, one.about.address), set()).add(one.about.customer_id)
    for event in taken.orphans:
        if event.kind in _BOTH and event.channel and event.address:
            said = Said(event.kind.value, event.at, event.provider)
            told.setdefault((str(event.channel), event.address), set()).add(said)
    for place in sorted(people.keys() | told.keys()):
        known = _on_record(connection, place[0], sorted(people.get(place, ())))
        yield place, [*known, *told.get(place, ())]


def _on_record(connection: Connection, channel: str, people: Sequence[str]) -> list[Said]:
    about = and_(reply.c.customer_id.in_(people), reply.c.channel == channel)
    rows = select(reply.c.kind, reply.c.at, reply.c.provider).where(
        about, reply.c.kind.in_([kind.value for kind in _BOTH])
    )
    return [Said(*row) for row in connection.execute(rows.distinct())] if people else []


def _heed(connection: Connection, place: tuple[str, str], said: Sequence[Said]) -> int:
    starts = [one for one in said if one.kind == EventKind.RESTARTED]
    if not starts:
        return 0
    last = max(one.at for one in starts)
    since = [one.at for one in said if one.kind == EventKind.STOPPED and one.at >= last]
    about = and_(suppression.c.channel == place[0], suppression.c.address == place[1])
    row: Any = connection.execute(select(suppression).where(about)).one_or_none()
    ours = {_AT_HAND_OVER, *(one.provider for one in said)}
    if row is None or row.reason != "opted_out" or row.source not in ours:
        return 0
    if since:
        connection.execute(suppression.update().where(about).values(at=min(since)))
        return 0
    if row.at >= last:  # met at a hand-over since
        return 0
    return connection.execute(suppression.delete().where(about)).rowcount
