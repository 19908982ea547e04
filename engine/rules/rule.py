"""What every rule file shares: a name, a description, its place, its text and its version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
)

from engine.document import Document, Path_
from engine.errors import Place
from engine.rules.forms import LEAVES

#: How a rule is named.
NAME = r"^[a-z0-9-]+$"


def _date(value: Any, info: ValidationInfo) -> Any:
    """A date in the brand's calendar and zone; without a reading, as it is."""
    reading = (info.context or {}).get("reading")
    if value is None or reading is None or isinstance(value, datetime):
        return value
    return reading.calendar.date(str(value))


def rule_name(value: Any) -> Any:
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


Day = Annotated[
    datetime,
    BeforeValidator(_date),
    WithJsonSchema(LEAVES["date"]),
]


class Rule(BaseModel):
    """What every kind of rule shares. `file` is relative to the project; `source` the file's text."""

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
