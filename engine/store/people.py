"""Who we may write to: customers, their tags, what they agreed to, addresses not to be used."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from engine.store.types import ByteText, Instant, Plain


class Customer(SQLModel, table=True):
    """One customer, under the source's own id.

    `email` and `phone` are as given, for showing; `email_address` and `phone_address` are the
    normalised forms that the ledger is keyed by, empty (NULL) when unusable. `attributes` maps a
    name to its readings, see `types.READINGS`. `bucket` is a stable hash below 2^31 - 1.
    """

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_email_address", "email_address"),
        Index("ix_customer_phone_address", "phone_address"),
    )

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    email: str | None = None
    phone: str | None = None
    email_address: str | None = Field(default=None, sa_type=ByteText)
    phone_address: str | None = Field(default=None, sa_type=ByteText)
    email_domain: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    country: str | None = None
    city: str | None = None
    language: str | None = None
    timezone: str | None = None
    birthday: str | None = None
    birthday_mmdd: int | None = None
    created_at: datetime | None = Field(default=None, sa_type=Instant)
    source: str | None = None
    attributes: dict[str, Any] | None = Field(default=None, sa_type=Plain)
    bucket: int = Field(sa_type=BigInteger)


class CustomerTag(SQLModel, table=True):
    """A word that the shop put on a customer."""

    __tablename__ = "customer_tag"

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    tag: str = Field(primary_key=True, sa_type=ByteText)


class Consent(SQLModel, table=True):
    """A recorded yes or no; append-only.

    `topic` is empty for the channel as a whole. Of two rows at one instant the higher `seq`, the
    later in its file, wins. `at` is `types.ALWAYS` when nobody knows since when.
    """

    __tablename__ = "consent"

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    channel: str = Field(primary_key=True)
    topic: str = Field(primary_key=True, default="")
    at: datetime = Field(primary_key=True, sa_type=Instant)
    status: str = Field(primary_key=True)
    seq: int = Field(default=0, sa_type=BigInteger)
    source: str = ""


class Suppression(SQLModel, table=True):
    """An address that must not be used, whoever asks."""

    __tablename__ = "suppression"

    channel: str = Field(primary_key=True)
    address: str = Field(primary_key=True, sa_type=ByteText)
    reason: str = "manual"
    at: datetime = Field(sa_type=Instant)
    source: str = ""
