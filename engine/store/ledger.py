"""The ledger of sends: deliveries and their attempts. See docs/sending.md for the promise."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from engine.store.types import ByteText, Instant

_DUE = text("state IN ('planned', 'retry_wait')")
_HELD = text("state IN ('claimed', 'sending')")
_DOUBT = text("state = 'unknown'")
_UNSURE = text("state IN ('unknown', 'unresolved')")
_BEGUN = text("sent_at IS NOT NULL")


class Delivery(SQLModel, table=True):
    """One message promised to one address.

    `dedupe_key` spells campaign, slot, subject, step, channel and address; it is unique. `epoch`
    grows with every claim and fences late answers. `not_before` is when it may go, `sent_at` when
    its last attempt began; a frequency cap counts it at `sent_at`, else `not_before`.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ux_delivery_dedupe_key", "dedupe_key", unique=True),
        Index("ux_delivery_delivery_id", "delivery_id", unique=True),
        Index("ix_delivery_run", "campaign", "slot", "state"),
        Index(
            "ix_delivery_due",
            text("priority DESC"),
            "not_before",
            postgresql_where=_DUE,
            sqlite_where=_DUE,
        ),
        Index("ix_delivery_owner", "owner", postgresql_where=_HELD, sqlite_where=_HELD),
        Index("ix_delivery_doubt", "sent_at", postgresql_where=_DOUBT, sqlite_where=_DOUBT),
        Index("ix_delivery_unsure", "sent_at", postgresql_where=_UNSURE, sqlite_where=_UNSURE),
        Index("ix_delivery_begun", "channel", "sent_at", postgresql_where=_BEGUN, sqlite_where=_BEGUN),
    )

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    dedupe_key: str = Field(primary_key=True, sa_type=ByteText)
    delivery_id: str
    campaign: str = Field(sa_type=ByteText)
    version: str
    slot: str = Field(sa_type=ByteText)
    subject: str = Field(default="", sa_type=ByteText)
    step: int = 0
    channel: str
    template: str
    kind: str = "marketing"
    topic: str = ""
    priority: int = 50
    promise: str = "at_most_once"
    address: str = Field(sa_type=ByteText)
    state: str
    outcome: str | None = None
    epoch: int = 0
    owner: str | None = None
    attempts: int = 0
    not_before: datetime = Field(sa_type=Instant)
    send_by: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str | None = None
    dup_risk: bool = False
    provider_id: str | None = None
    provider_code: str | None = None
    offer_code: str | None = None


class Attempt(SQLModel, table=True):
    """One intent to call the provider; append-only. `token` is unguessable and names it outside.

    `imprint` is that of its text where the provider can be asked later what it took; `ask_at` is when it
    is asked next.
    """

    __tablename__ = "attempt"
    __table_args__ = (Index("ux_attempt_token", "token", unique=True),)

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    dedupe_key: str = Field(primary_key=True, sa_type=ByteText)
    epoch: int = Field(primary_key=True)
    token: str
    owner: str
    started_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    verdict: str | None = None
    provider_id: str | None = None
    code: str | None = None
    detail: str | None = None
    imprint: str | None = None
    ask_at: datetime | None = Field(default=None, sa_type=Instant)


class Rest(SQLModel, table=True):
    """A channel that sends nothing `until` then. `strikes` counts the rests in a row for want of answers."""

    __tablename__ = "rest"

    channel: str = Field(primary_key=True)
    until: datetime = Field(sa_type=Instant)
    strikes: int = 0
    reason: str = ""
