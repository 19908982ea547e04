"""START after STOP: of one number the last word holds, in whatever order they are told.

A START takes STOPs back and nothing else: what stood before stands again, and no consent comes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, func, select

from engine.events.effects import reasons_of, worn_out
from engine.events.record import Known, Taken, delivery, reply
from engine.store.suppressions import Reason, suppress, suppression
from engine.vocabulary import Event, EventKind

_BOTH = (EventKind.STOPPED, EventKind.RESTARTED)
#: Who told of a STOP that was met when a message was handed over.
_AT_HAND_OVER = "provider"


@dataclass
class _Number:
    """An address of a channel that said STOP or START now, those who have it, and all that is known of it."""

    channel: str
    address: str
    people: list[Known] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def lift(connection: Connection, taken: Taken) -> int:
    """Takes a suppression back where a START is the last word. Returns how many numbers were set free.

    Of a STOP and a START at one instant the STOP wins. What the shop itself decided, and a STOP that came
    with an import, stay as they are.
    """
    return sum(_heed(connection, one) for one in _numbers(connection, taken))


def _numbers(connection: Connection, taken: Taken) -> Iterator[_Number]:
    found: dict[tuple[str, str], _Number] = {}
    for one in taken.known:
        place = (one.about.channel, one.about.address)
        if one.event.kind in _BOTH and one.about.address:
            found.setdefault(place, _Number(*place)).people.append(one)
    for event in taken.orphans:
        place = (str(event.channel or ""), event.address)
        if event.kind in _BOTH and all(place):
            found.setdefault(place, _Number(*place)).events.append(event)
    for _, number in sorted(found.items()):
        number.events += _on_record(connection, number)
        yield number


def _on_record(connection: Connection, number: _Number) -> list[Event]:
    """What came back of that number, from everybody who has it."""
    people = sorted({one.about.customer_id for one in number.people})
    same = and_(delivery.c.customer_id == reply.c.customer_id, delivery.c.dedupe_key == reply.c.dedupe_key)
    rows = (
        select(reply.c.kind, reply.c.at, reply.c.provider, reply.c.bad_address)
        .outerjoin(delivery, same)
        .where(reply.c.customer_id.in_(people), reply.c.channel == number.channel)
        .where(func.coalesce(delivery.c.address, number.address) == number.address)
    )
    found = connection.execute(rows.distinct()) if people else ()
    return [
        Event("", EventKind(row.kind), row.at, provider=row.provider, bad_address=row.bad_address)
        for row in found
    ]


def _heed(connection: Connection, number: _Number) -> int:
    starts = [one.at for one in number.events if one.kind is EventKind.RESTARTED]
    about = and_(suppression.c.channel == number.channel, suppression.c.address == number.address)
    row: Any = connection.execute(select(suppression).where(about)).one_or_none()
    ours = {_AT_HAND_OVER, *(one.provider or _AT_HAND_OVER for one in number.events)}
    if not starts or row is None or row.source not in ours:
        return 0
    last = max(starts)
    standing = [one for one in number.events if one.kind is not EventKind.STOPPED or one.at >= last]
    kinds = {one.kind for one in standing}
    known = row.reason == "opted_out" and (row.at < last or EventKind.STOPPED in kinds)
    if not known and not (row.reason == "complained" and EventKind.COMPLAINED in kinds):
        return 0  # of another reason, or of a STOP that was met at a hand-over since
    connection.execute(suppression.delete().where(about))
    reasons = [*_again(number, standing), *_worn(connection, number)]
    suppress(connection, reasons)
    return 0 if reasons else 1


def _again(number: _Number, standing: Sequence[Event]) -> Iterator[Reason]:
    for event in standing:
        yield from reasons_of(event, number.channel, number.address)


def _worn(connection: Connection, number: _Number) -> list[Reason]:
    found = worn_out(connection, [one.about.customer_id for one in number.people])
    return [one for one in found if (one.channel, one.address) == (number.channel, number.address)]
