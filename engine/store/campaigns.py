"""What was decided: versions of campaigns, their runs, and who is inside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from engine.store.types import ByteText, Instant, Plain


class CampaignVersion(SQLModel, table=True):
    """A campaign's document, and its segments', offers' and templates' by name, as a run used them.

    An edit applies to the next slot and never to what is planned already: letters are written from these.
    """

    __tablename__ = "campaign_version"

    campaign: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    document: str
    segments: dict[str, Any] = Field(sa_type=Plain)
    offers: dict[str, Any] = Field(sa_type=Plain)
    templates: dict[str, Any] = Field(sa_type=Plain)
    created_at: datetime = Field(sa_type=Instant)


class Run(SQLModel, table=True):
    """One slot of one campaign: the guard against running it twice.

    `funnel` holds the plan's figures as `preview --json` shows them; `held` the reason why the run
    waits for `approve`. `run_id` is what people name a run by.
    """

    __tablename__ = "run"

    campaign: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    run_id: str
    state: str
    version: str
    as_of: datetime = Field(sa_type=Instant)
    started_at: datetime = Field(sa_type=Instant)
    funnel: dict[str, Any] | None = Field(default=None, sa_type=Plain)
    held: str | None = None
    approved_at: datetime | None = Field(default=None, sa_type=Instant)


class Enrollment(SQLModel, table=True):
    """One customer's passage through one campaign version.

    `subject` is the thing of `per:` (a subscription, an order, an event); empty for the customer.
    `address` is where the first message goes, so that one address enters once.
    """

    __tablename__ = "enrollment"
    __table_args__ = (
        Index("ix_enrollment_campaign_address", "campaign", "address"),
        {"sqlite_with_rowid": False},
    )

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    campaign: str = Field(primary_key=True, sa_type=ByteText)
    subject: str = Field(primary_key=True, default="", sa_type=ByteText)
    slot: str = Field(primary_key=True, sa_type=ByteText)
    version: str
    state: str
    step: int = 0
    address: str = Field(default="", sa_type=ByteText)
    entered_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class Pause(SQLModel, table=True):
    """Something that must not send: `all`, `campaign:NAME` or `channel:NAME`.

    `by_operator` says that a person wanted it so; else the engine found that it cannot go on.
    """

    __tablename__ = "pause"

    scope: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    reason: str = ""
    by_operator: bool = False


class Fact(SQLModel, table=True):
    """What the installation remembers of itself: its id, its signing key."""

    __tablename__ = "fact"

    name: str = Field(primary_key=True)
    value: str
