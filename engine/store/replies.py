"""What came back about the messages: events, the links that were clicked, the codes that were issued."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from engine.store.types import ByteText, Instant

#: What a campaign is paused for.
_TROUBLE = text("kind IN ('complained', 'rejected')")
#: Codes that one customer has, and nobody else may have.
_SINGLE = text("serial IS NOT NULL AND state <> 'returned'")
_RESERVED = text("state = 'reserved'")


class ProviderEvent(SQLModel, table=True):
    """What happened to one message, or a STOP, as the provider or our own pages told it; append-only.

    `fingerprint` is the same however often it is told. `dedupe_key` names the delivery, and is empty for
    what is about no message of ours. `campaign` and `channel` are the delivery's. `bot` marks an open or
    click of a machine: it is kept, and counts for nothing.
    """

    __tablename__ = "provider_event"
    __table_args__ = (
        Index("ix_provider_event_dedupe_key", "dedupe_key"),
        Index(
            "ix_provider_event_trouble", "campaign", "at", postgresql_where=_TROUBLE, sqlite_where=_TROUBLE
        ),
        {"sqlite_with_rowid": False},
    )

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    fingerprint: str = Field(primary_key=True, sa_type=ByteText)
    dedupe_key: str = Field(default="", sa_type=ByteText)
    token: str = ""
    campaign: str = Field(default="", sa_type=ByteText)
    channel: str = ""
    kind: str
    at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    bot: bool = False
    bad_address: bool = False
    link_id: str | None = None
    provider: str = ""
    provider_id: str | None = None
    code: str | None = None
    detail: str | None = None


class OrphanEvent(SQLModel, table=True):
    """An event whose delivery nobody knows: another system's, or one that a restored backup has lost.

    It is kept without an address, so that the provider need not tell it again and a person can look.
    """

    __tablename__ = "orphan_event"

    fingerprint: str = Field(primary_key=True, sa_type=ByteText)
    kind: str
    at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    channel: str = ""
    token: str = ""
    provider: str = ""
    provider_id: str | None = None
    code: str | None = None
    detail: str | None = None


class Link(SQLModel, table=True):
    """A link of a message, which letters name by its id: never by an address that anybody could change."""

    __tablename__ = "link"

    link_id: str = Field(primary_key=True, sa_type=ByteText)
    url: str
    created_at: datetime = Field(sa_type=Instant)


class Code(SQLModel, table=True):
    """One offer's code for one delivery, the same on every retry.

    `reserved` with the delivery; `issued` when the message was accepted, at `issued_at`; then perhaps
    `redeemed`. A message that is never sent gives its code back: `returned`. A shared code has many rows;
    one that is a single customer's has the `serial` that it was made from, or its place in the pool.
    """

    __tablename__ = "code"
    __table_args__ = (
        Index("ix_code_code", "code", "offer"),
        Index("ux_code_single", "offer", "code", unique=True, postgresql_where=_SINGLE, sqlite_where=_SINGLE),
        Index("ix_code_reserved", "customer_id", postgresql_where=_RESERVED, sqlite_where=_RESERVED),
    )

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    dedupe_key: str = Field(primary_key=True, sa_type=ByteText)
    offer: str = Field(primary_key=True, sa_type=ByteText)
    code: str = Field(sa_type=ByteText)
    serial: int | None = Field(default=None, sa_type=BigInteger)
    state: str
    reserved_at: datetime = Field(sa_type=Instant)
    issued_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    redeemed_at: datetime | None = Field(default=None, sa_type=Instant)
