"""What a rule file says: a campaign or a segment, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SkipValidation,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from engine.durations import Duration
from engine.rules.condition import Condition
from engine.rules.forms import DEFINED, LEAVES, Given
from engine.rules.offer import Offer
from engine.rules.rule import NAME, Day, Rule, rule_name
from engine.rules.schedule import Schedule
from engine.rules.steps import MessageStep
from engine.values import Length, Percent, Whole, none_or
from engine.vocabulary import Stage

Reenter = Duration | Literal["never", "always"]


def _reenter(value: Any) -> Any:
    if value in ("never", "always") or isinstance(value, Duration):
        return value
    if not isinstance(value, str):
        raise ValueError("reenter is never, always or a length such as 'after 180 days'")
    try:
        return Duration.parse(value.strip().removeprefix("after "))
    except ValueError:
        raise ValueError(f"reenter cannot be {value!r}; write never, always or 'after 180 days'") from None


def _promise(value: Any) -> Any:
    if value == "exactly_once":
        never = "at_most_once never repeats a message, at_least_once never loses one"
        raise ValueError(f"nobody can promise exactly_once: {never}")
    return value


_LENGTH = LEAVES["duration"]["pattern"].removeprefix(r"^\s*").removesuffix(r"\s*$")
_REENTER = {
    "type": "string",
    "pattern": rf"^(never|always|\s*(after )?\s*{_LENGTH}\s*)$",
    "patternErrorMessage": "reenter is never, always or a length such as 'after 180 days'",
}


def _elsewhere(definition: str) -> WithJsonSchema:
    return WithJsonSchema({DEFINED: definition})


class Segment(Rule):
    """A named condition. It sends nothing by itself."""

    kind_of_rule: ClassVar[str] = "segment"

    name: Annotated[str, BeforeValidator(rule_name)] = Field(
        alias="segment",
        json_schema_extra={"pattern": NAME, "type": ["string", "integer"], "not": {"const": "this"}},
        max_length=100,
        description="The segment's name, unique among segments.",
        examples=["staff"],
    )
    condition: Annotated[Condition, SkipValidation, _elsewhere("conditions")] = Field(
        alias="audience", description="Who is in it."
    )

    @property
    def clause(self) -> Condition:
        """The condition, as a campaign's."""
        return self.condition


class Limits(BaseModel):
    """More people than this, and the run waits for `approve`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_audience: Given[Annotated[Annotated[Whole, Field(ge=1)] | None, BeforeValidator(none_or)]] = Field(
        default=None, description="At most so many people in one run.", examples=[5000]
    )
    max_share: Given[Annotated[Percent | None, BeforeValidator(none_or)]] = Field(
        default=None, description="At most this share of all who can be written to.", examples=["30%"]
    )


class Campaign(Rule):
    """An automated programme that customers enter when they match."""

    kind_of_rule: ClassVar[str] = "campaign"

    name: Annotated[str, BeforeValidator(rule_name)] = Field(
        alias="campaign",
        json_schema_extra={"pattern": NAME, "type": ["string", "integer"], "not": {"const": "this"}},
        max_length=100,
        description="The campaign's name, unique among campaigns.",
        examples=["win-back"],
    )
    stage: Given[Stage] = Field(
        default=None, description="Where in a customer's life it works.", examples=["re-engagement"]
    )
    kind: Literal["marketing", "transactional"] = Field(
        default="marketing",
        description="`transactional` ignores consent, caps and holdout, never a suppression.",
    )
    topic: str = Field(
        default="",
        description="Consent may be given by topic; this is the one that counts.",
        examples=["offers"],
    )
    schedule: Annotated[Schedule, SkipValidation, _elsewhere("schedule")] = Field(
        description="When it looks for people.", examples=["daily at 10:00"]
    )
    starts: Given[Day] = Field(default=None, description="Nobody enters before this day.")
    ends: Given[Day] = Field(default=None, description="Nobody enters from this day on.")
    audience: Annotated[Condition, SkipValidation, _elsewhere("conditions")] = Field(
        description="Who enters."
    )
    per: Literal["customer"] = Field(default="customer", description="One enrollment for each customer.")
    newcomers_only: Literal[False] = Field(default=False, description="Not yet: it can only be false.")
    reenter: Annotated[
        Reenter,
        BeforeValidator(_reenter),
        WithJsonSchema(_REENTER),
    ] = Field(default="never", description="Whether somebody who entered once may enter again, and when.")
    priority: Whole = Field(
        default=50,
        ge=-1000,
        le=1000,
        description="Higher first; it decides who wins under a frequency cap.",
        examples=[50],
    )
    steps: Annotated[tuple[MessageStep, ...], SkipValidation, _elsewhere("steps")] = Field(
        description="What happens; for now, one message."
    )
    holdout: Given[Percent] = Field(
        default=None,
        description="The share of those who qualify that is left alone, to measure what messages are worth.",
        examples=["10%"],
    )
    send_by: Given[Length] = Field(
        default=None,
        description="A message that is not out by then expires instead of arriving late.",
        examples=["2 days"],
    )
    catch_up: Literal["once", "skip"] = Field(
        default="once", description="After downtime: run the latest missed occasion, or wait for the next."
    )
    max_lateness: Given[Length] = Field(
        default=None, description="How late a run may start after downtime.", examples=["2 hours"]
    )
    delivery: Annotated[Literal["at_most_once", "at_least_once"], BeforeValidator(_promise)] = Field(
        default="at_most_once",
        description="When a provider's answer was lost: leave it, or send again and perhaps twice.",
    )
    limits: Limits = Field(default=Limits(), description="Guards against a mistyped rule.")

    @field_validator("ends")
    @classmethod
    def _after_it_starts(cls, ends: datetime | None, info: ValidationInfo) -> datetime | None:
        starts = info.data.get("starts")
        if ends is not None and starts is not None and ends <= starts:
            raise ValueError("`ends` is not after `starts`, so nobody would ever enter")
        return ends

    _offers: Mapping[str, Offer] = PrivateAttr(default_factory=dict)

    def promising(self, offers: Mapping[str, Offer]) -> Self:
        """The same campaign, which knows the offers that its messages promise."""
        self._offers = offers
        return self

    @property
    def offers(self) -> Mapping[str, Offer]:
        """What its messages promise, by the offer's name."""
        return self._offers

    @property
    def clause(self) -> Condition:
        """The condition, as a segment's."""
        return self.audience
