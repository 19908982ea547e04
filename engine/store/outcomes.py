"""What campaigns brought that ran elsewhere, as somebody else counted it."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from engine.store.types import ByteText


class Outcome(SQLModel, table=True):
    """One customer in one campaign of another system: the arm they were in, and what they did.

    `holdout` says that the arm was left alone, to compare with. What nobody counted is empty; `revenue`
    is in minor units of `currency`.
    """

    __tablename__ = "outcome"

    customer_id: str = Field(primary_key=True, sa_type=ByteText)
    campaign: str = Field(primary_key=True, sa_type=ByteText)
    arm: str = Field(sa_type=ByteText)
    holdout: bool = False
    visited: bool | None = None
    converted: bool | None = None
    revenue: int | None = Field(default=None, sa_type=BigInteger)
    currency: str
