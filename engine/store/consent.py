"""What a customer last said about a channel or a topic, as SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from engine.store.database import table
from engine.store.people import Consent
from engine.store.types import called, folded
from engine.vocabulary import ConsentStatus

consent = table(Consent)
Text = str | ColumnElement[str]


def status(
    customer_id: ColumnElement[str], channel: Text, topic: Text, as_of: datetime | None
) -> ColumnElement[str]:
    """`subscribed`, `unsubscribed` or `unknown`; `as_of` leaves out what was said at or after it.

    The later row wins, of two at one instant the later in its file. A topic's opt-out stands until
    the topic is opted into again; an opt-out of the channel ends topics given before it; a topic
    never asked about is the channel's.
    """
    whole = _latest(customer_id, channel, "", as_of)
    if isinstance(topic, str) and not topic:
        return func.coalesce(whole, ConsentStatus.UNKNOWN.value)
    own = _latest(customer_id, channel, topic, as_of, standing=True)
    if isinstance(topic, str):
        return func.coalesce(own, whole, ConsentStatus.UNKNOWN.value)
    return func.coalesce(case((topic != "", own)), whole, ConsentStatus.UNKNOWN.value)


def _latest(
    customer_id: ColumnElement[str],
    channel: Text,
    topic: Text,
    as_of: datetime | None,
    standing: bool = False,
) -> ColumnElement[Any]:
    said = consent.alias()
    about = and_(said.c.customer_id == customer_id, said.c.channel == channel, _named(said, topic))
    if as_of is not None:
        about = and_(about, said.c.at < as_of)
    value = case((_ended(said, as_of), None), else_=said.c.status) if standing else said.c.status
    newest = select(value).where(about).order_by(said.c.at.desc(), said.c.seq.desc()).limit(1)
    return newest.correlate_except(said).scalar_subquery()


def _named(said: Any, topic: Text) -> ColumnElement[bool]:
    """Topics compare as texts do."""
    return called(said.c.topic, topic) if isinstance(topic, str) else folded(said.c.topic) == folded(topic)


def _ended(said: Any, as_of: datetime | None) -> ColumnElement[bool]:
    """Whether an opt-out of the whole channel came after that opt-in to a topic."""
    left = consent.alias()
    later = or_(left.c.at > said.c.at, and_(left.c.at == said.c.at, left.c.seq > said.c.seq))
    same = and_(left.c.customer_id == said.c.customer_id, left.c.channel == said.c.channel)
    opted_out = and_(same, left.c.topic == "", left.c.status == ConsentStatus.UNSUBSCRIBED, later)
    if as_of is not None:
        opted_out = and_(opted_out, left.c.at < as_of)
    return and_(said.c.status == ConsentStatus.SUBSCRIBED, exists().where(opted_out))
