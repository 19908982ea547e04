"""What an offer's file says: a discount, where its codes come from, and until when they hold."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from engine.durations import Calendar
from engine.money import to_minor
from engine.rules.forms import Currency, Form, Given, reading
from engine.rules.rule import NAME, Day, Rule, rule_name
from engine.values import Length, Percent, Whole

#: What stands for a sign of a unique code, and how many of them a code must have: ten million codes are
#: then one in two and a half thousand of all there could be, and nobody guesses one.
BLANK, FEWEST = "?", 8
_PATTERN = re.compile(r"[A-Z0-9?]+(-[A-Z0-9?]+)*\Z")
_SHARED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")


def _amount(value: Any) -> str:
    """An amount of money as it is written: decimals as a person counts them."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("an amount is written like 10.00")
    return str(value)


def _pattern(value: Any) -> str:
    text = str(value).strip().upper()
    if not _PATTERN.match(text):
        raise ValueError(f"{value!r} is not a pattern; write it like 'BACK-????-????'")
    if text.count(BLANK) < FEWEST:
        raise ValueError(f"{value!r} has fewer than {FEWEST} question marks, and could be guessed")
    return text


def _shared(value: Any) -> str:
    text = str(value).strip()
    if not _SHARED.match(text):
        raise ValueError(f"{value!r} is not a code; write it like SPRING15, without blanks")
    return text


def _pool(value: Any) -> str:
    text = str(value).strip()
    if not text or text.startswith(("/", "~")) or ".." in text or "\\" in text or "\0" in text:
        raise ValueError(f"{value!r} is not a file of this project; write it like 'codes/comeback.csv'")
    return text


def _one_of(form: Form, hint: str) -> None:
    given = form.given()
    if len(given) != 1:
        raise ValueError(f"{'one of them is enough' if given else 'nothing is said here'}: {hint}")


class Discount(Form):
    """What the customer gets."""

    percent: Given[Annotated[Percent, Field(gt=0)]] = Field(
        default=None, description="So much off.", examples=["15%"]
    )
    amount: Given[Annotated[str, BeforeValidator(_amount)]] = Field(
        default=None, description="So much money off, in the currency's own units.", examples=["10.00"]
    )
    currency: Given[Currency] = Field(
        default=None, description="The amount's currency; the brand's, unless it is given.", examples=["GBP"]
    )
    free_shipping: Given[bool] = Field(
        default=None, description="Nothing to pay for the way.", examples=[True]
    )
    gift: Given[str] = Field(default=None, description="What comes with the order.", examples=["A tea towel"])

    @model_validator(mode="after")
    def _one(self, info: ValidationInfo) -> Discount:
        given = self.given()
        currency = given.pop("currency", None)
        if len(given) != 1 or (currency and "amount" not in given) or self.free_shipping is False:
            raise ValueError(
                "a discount is one of {percent: 15}, {amount: 10.00, currency: GBP}, {free_shipping: true} "
                'and {gift: "A tea towel"}'
            )
        if self.amount is not None and self.minor(currency or reading(info).currency) <= 0:
            raise ValueError(f"an amount of {self.amount} is no discount")
        return self

    def minor(self, currency: str) -> int:
        """The amount in minor units. Raises ValueError."""
        return to_minor(self.amount or "0", currency)[0]


class CodeForm(Form):
    """Where a code comes from."""

    unique: Given[Annotated[str, BeforeValidator(_pattern)]] = Field(
        default=None,
        description="A code of their own for each customer: every ? becomes a letter or digit.",
        examples=["BACK-????-????"],
    )
    shared: Given[Annotated[str, BeforeValidator(_shared)]] = Field(
        default=None, description="The same code for everybody.", examples=["SPRING15"]
    )
    pool: Given[Annotated[str, BeforeValidator(_pool)]] = Field(
        default=None,
        description="A file of codes, one a line, that the shop's own system has made.",
        examples=["codes/comeback.csv"],
    )

    @model_validator(mode="after")
    def _one(self) -> CodeForm:
        _one_of(self, "write {unique: BACK-????-????}, {shared: SPRING15} or {pool: codes/comeback.csv}")
        return self


class Expiry(Form):
    """Until when a code holds."""

    after: Given[Length] = Field(
        default=None, description="So long after the message may go.", examples=["14 days"]
    )
    at: Given[Day] = Field(default=None, description="Everybody's until that day.", examples=["2026-12-31"])

    @model_validator(mode="after")
    def _one(self) -> Expiry:
        _one_of(self, "write {after: 14 days} or {at: 2026-12-31}")
        return self

    def of(self, start: datetime, calendar: Calendar) -> datetime | None:
        """When a code ends that may go out at `start`."""
        return calendar.ahead(start, self.after) if self.after is not None else self.at


class Budget(BaseModel):
    """How much may be given away."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    codes: Annotated[Whole, Field(ge=1)] = Field(description="At most so many codes.", examples=[5000])


class Offer(Rule):
    """A discount or gift with a code, and the terms on which it is given."""

    kind_of_rule: ClassVar[str] = "offer"

    name: Annotated[str, BeforeValidator(rule_name)] = Field(
        alias="offer",
        json_schema_extra={"pattern": NAME, "type": ["string", "integer"], "not": {"const": "this"}},
        max_length=100,
        description="The offer's name, unique among offers.",
        examples=["comeback"],
    )
    discount: Discount = Field(
        description="What is promised: one of four things.", examples=[{"percent": 15}]
    )
    code: CodeForm = Field(description="Where its codes come from.", examples=[{"unique": "BACK-????-????"}])
    expires: Given[Expiry] = Field(
        default=None, description="Until when a code holds; else for ever.", examples=[{"after": "14 days"}]
    )
    budget: Given[Budget] = Field(
        default=None, description="How many codes there are at most.", examples=[{"codes": 5000}]
    )
