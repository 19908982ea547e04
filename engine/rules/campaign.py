"""What a rule file says: a campaign or a segment, as frozen values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
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

from engine.document import Document, Path_
from engine.durations import Duration
from engine.errors import Place
from engine.rules.condition import Condition
from engine.rules.forms import DEFINED, LEAVES, Given
from engine.rules.schedule import Schedule
from engine.rules.steps import MessageStep
from engine.values import Length, Percent, Whole, none_or
from engine.vocabulary import Stage

Reenter = Duration | Literal["never", "always"]
NAME = r"^[a-z0-9-]+$"


def _date(value: Any, info: ValidationInfo) -> Any:
    """A date in the brand's calendar and zone; without a reading, as it is."""
    reading = (info.context or {}).get("reading")
    if value is None or reading is None or isinstance(value, datetime):
        return value
    return reading.calendar.date(str(value))


def _reenter(value: Any) -> Any:
    if value in ("never", "always") or isinstance(value, Duration):
        return value
    if not isinstance(value, str):
        raise ValueError("reenter is never, always or a length such as 'after 180 days'")
    try:
        return Duration.parse(value.strip().removeprefix("after "))
    except ValueError:
        raise ValueError(f"reenter cannot be {value!r}; write never, always or 'after 180 days'") from None


def _name(value: Any) -> Any:
    """A name of digits alone is read as a number in YAML."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not re.fullmatch(NAME, text):
        likely = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") if isinstance(text, str) else ""
        hint = f"; write {likely!r}" if likely else ""
        shown = "empty" if value is None else "a mapping" if isinstance(value, dict) else repr(value)
        raise ValueError(f"a name is made of a to z, 0 to 9 and -, and cannot be {shown}{hint}")
    if text == "this":
        raise ValueError("a name cannot be 'this': `campaign: this` means the campaign itself")
    return text


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


Day = Annotated[
    datetime,
    BeforeValidator(_date),
    WithJsonSchema(LEAVES["date"]),
]


class Rule(BaseModel):
    """What a campaign and a segment share. `file` is relative to the project; `source` the file's text."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    kind_of_rule: ClassVar[str]
    describe: str = Field(
        default="",
        description="Who this is about and why, in a sentence for people.",
        examples=["Bought at least three times, silent for half a year."],
    )
    _document: Document | None = PrivateAttr(default=None)
    _source: str = PrivateAttr(default="")
    _segments: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def written(self, document: Document, source: str) -> Self:
        """The same rule, which knows its file."""
        self._document, self._source = document, source
        return self

    def made_of(self, segments: Mapping[str, str]) -> Self:
        """The same rule, which knows the texts of the segments that it needs."""
        self._segments = segments
        return self

    def word_place(self, path: Path_, word: str) -> Place:
        """Where that word stands at the path of the document or below it."""
        return self._document.word_place(path, word) if self._document else Place("")

    def place(self, *path: str | int) -> Place:
        """Where the value at that path of the document stands."""
        return self._document.place(path) if self._document else Place("")

    @property
    def file(self) -> str:
        return self._document.file if self._document else ""

    @property
    def source(self) -> str:
        return self._source

    @property
    def segments(self) -> Mapping[str, str]:
        """The text of each segment's file that it is made of, however deep, by the segment's name."""
        return self._segments

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change with the file's text."""
        return sha256(self._source.encode()).hexdigest()[:12]


class Segment(Rule):
    """A named condition. It sends nothing by itself."""

    kind_of_rule: ClassVar[str] = "segment"

    name: Annotated[str, BeforeValidator(_name)] = Field(
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

    name: Annotated[str, BeforeValidator(_name)] = Field(
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

    @property
    def clause(self) -> Condition:
        """The condition, as a segment's."""
        return self.audience
