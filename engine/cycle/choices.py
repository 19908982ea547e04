"""What a reader may choose: channels, and the topics of each; every change is a row of consent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, false, literal, or_, select, union
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.consent import status
from engine.store.database import table
from engine.store.ledger import Delivery
from engine.store.people import Consent, Customer, Suppression
from engine.text import fold
from engine.vocabulary import Channel, ConsentStatus

customer, consent = table(Customer), table(Consent)
delivery, suppression = table(Delivery), table(Suppression)

#: The source of consents that come from the page, and from a confirmed address.
SOURCE, CONFIRMED = "preferences", "double opt-in"
#: Of a yes and a no at one instant the no wins.
_LAST = 2**62
#: Nobody looks through more topics than that.
_TOPICS = 100
_ADDRESS = {Channel.EMAIL.value: "email_address", Channel.SMS.value: "phone_address"}


@dataclass(frozen=True)
class Visitor:
    """Who holds a letter, as the ledger knows them. `current` says that it went to an address of today."""

    delivery_id: str
    customer_id: str
    channel: str
    address: str
    language: str
    current: bool

    @property
    def masked(self) -> str:
        """The address as it may be shown to whom a letter was passed on."""
        return masked(self.address)


def masked(address: str) -> str:
    """`a…@example.com`, `…0123`."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"…{address[-4:]}" if address.startswith("+") else ""


class Choice(NamedTuple):
    """One box on the page: a channel as a whole, or one topic of it."""

    channel: str
    topic: str
    chosen: bool

    @property
    def whole(self) -> bool:
        return not self.topic

    @property
    def name(self) -> str:
        """How the page's form names it."""
        return f"{self.channel}:{self.topic}" if self.topic else self.channel


@dataclass(frozen=True)
class Board:
    """The page's boxes. Nothing goes to a `blocked` channel, whatever is chosen there."""

    visitor: Visitor
    choices: tuple[Choice, ...]
    blocked: frozenset[str]

    @property
    def channels(self) -> list[tuple[str, list[Choice]]]:
        """The boxes channel by channel, the whole before its topics."""
        names = list(dict.fromkeys(one.channel for one in self.choices))
        return [(name, [one for one in self.choices if one.channel == name]) for name in names]


Changed = Sequence[tuple[Choice, bool]]


def visitor(connection: Connection, delivery_id: str) -> Visitor | None:
    """Who that delivery was for; None when the ledger has no such row."""
    rows = (
        select(
            *(delivery.c[name] for name in ("delivery_id", "customer_id", "channel", "address")),
            *(customer.c[name] for name in ("language", "email_address", "phone_address")),
        )
        .join(customer, customer.c.customer_id == delivery.c.customer_id, isouter=True)
        .where(delivery.c.delivery_id == delivery_id)
    )
    row = connection.execute(rows).one_or_none()
    if row is None:
        return None
    current = row.address in (row.email_address, row.phone_address)
    return Visitor(row.delivery_id, row.customer_id, row.channel, row.address, row.language or "", current)


def board(connection: Connection, who: Visitor, assumed: bool) -> Board:
    """What holds now for the channels that the visitor has an address for, and the topics known of them.

    `assumed` is what a customer is taken for who has said nothing.
    """
    mine = select(customer.c.email_address, customer.c.phone_address)
    found = connection.execute(mine.where(customer.c.customer_id == who.customer_id)).one_or_none()
    addresses = {name: getattr(found, column, None) for name, column in _ADDRESS.items()}
    had = {name: address for name, address in addresses.items() if address}
    asked = [(name, "") for name in had]
    asked += [(name, topic) for name, topic in _topics(connection, who.customer_id) if name in had]
    asked.sort()
    boxes = tuple(Choice(*one, chosen) for one, chosen in _chosen(connection, who, asked, assumed))
    return Board(who, boxes, _blocked(connection, had))


def _topics(connection: Connection, customer_id: str) -> list[tuple[str, str]]:
    """The topics that the customer has had a say in, or a letter of; written alike they are one."""
    rows = union(
        *(
            select(one.c.channel, one.c.topic).where(one.c.customer_id == customer_id, one.c.topic != "")
            for one in (consent, delivery)
        )
    )
    found = sorted((row.channel, row.topic) for row in connection.execute(rows))
    return list({(channel, fold(topic)): (channel, topic) for channel, topic in found}.values())[:_TOPICS]


def _chosen(
    connection: Connection, who: Visitor, asked: Sequence[tuple[str, str]], assumed: bool
) -> Iterator[tuple[tuple[str, str], bool]]:
    """Each with whether the customer would be written to."""
    if not asked:
        return
    mine = literal(who.customer_id)
    said = connection.execute(select(*(status(mine, *one, None) for one in asked))).one()
    for one, word in zip(asked, said, strict=True):
        unknown = assumed and word == ConsentStatus.UNKNOWN
        yield one, word == ConsentStatus.SUBSCRIBED or unknown


def _blocked(connection: Connection, addresses: dict[str, str]) -> frozenset[str]:
    places = [
        and_(suppression.c.channel == name, suppression.c.address == at) for name, at in addresses.items()
    ]
    rows = select(suppression.c.channel).where(or_(false(), *places))
    return frozenset(connection.execute(rows).scalars())


def changes(before: Board, shown: set[str], wanted: set[str]) -> Changed:
    """The boxes that were changed by hand: an old page sent in again takes back nothing else."""
    boxes = [one for one in before.choices if one.channel not in before.blocked]
    return [(one, one.name in wanted) for one in boxes if (one.name in wanted) != (one.name in shown)]


def write(connection: Connection, before: Board, changed: Changed, now: datetime) -> None:
    """A yes is the visitor's; a no is that of everybody who reads mail at the same address."""
    rows: list[dict[str, Any]] = []
    for one, yes in changed:
        people = {before.visitor.customer_id}
        if not yes:
            people |= _sharing(connection, before.visitor.customer_id, _ADDRESS[one.channel])
        rows += [_row(name, one.channel, one.topic, yes, now, SOURCE) for name in sorted(people)]
    _add(connection, rows)


def _sharing(connection: Connection, customer_id: str, column: str) -> set[str]:
    mine = select(customer.c[column]).where(customer.c.customer_id == customer_id).scalar_subquery()
    rows = select(customer.c.customer_id).where(customer.c[column] == mine)
    return set(connection.execute(rows).scalars())


def confirm(connection: Connection, who: Visitor, now: datetime) -> None:
    """The channel is subscribed to, by the address itself. Said twice it is written once."""
    stands = connection.execute(select(status(literal(who.customer_id), who.channel, "", None))).scalar()
    if stands != ConsentStatus.SUBSCRIBED:
        _add(connection, [_row(who.customer_id, who.channel, "", True, now, CONFIRMED)])


def _row(customer_id: str, channel: str, topic: str, yes: bool, now: datetime, source: str) -> dict[str, Any]:
    word = ConsentStatus.SUBSCRIBED if yes else ConsentStatus.UNSUBSCRIBED
    return {
        "customer_id": customer_id,
        "channel": channel,
        "topic": topic,
        "at": now,
        "status": word.value,
        "seq": 0 if yes else _LAST,
        "source": source,
    }


def _add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    if rows:
        connection.execute(insert(consent).on_conflict_do_nothing(), list(rows))
