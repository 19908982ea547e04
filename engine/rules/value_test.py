"""Tests on attributes and properties: the test decides the type, as nobody declared one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from sqlalchemy import BigInteger, ColumnElement, Double, and_, cast, null, or_

from engine.rules.forms import DEFINED, LEAVES, Form, Given, Number
from engine.rules.number_test import NumberTest, plain
from engine.rules.ranges import KNOWN, Claim, Range, points
from engine.rules.scope import Scope
from engine.rules.text_test import TextTest
from engine.rules.time_test import TimeTest
from engine.store.types import note_millis, note_number, note_text, to_millis

_NUMBER = ("at_least", "at_most", "more_than", "less_than", "between")
_TEXT = ("contains", "starts_with", "ends_with", "exists")
_TIME = (*sorted(TimeTest.TIME_KEYS), "ever", "never")
_EITHER = ("is", "is_not", "in", "not_in")


_NO_NUMBER = cast(null(), Double)
_NO_TIME = cast(null(), BigInteger)


@dataclass(frozen=True)
class Readings:
    """One value as a text, a number, and milliseconds since 1970, each NULL where it is none.

    `convert` makes what its number is compared with, as minor units for money.
    """

    text: ColumnElement[Any]
    number: ColumnElement[Any] = _NO_NUMBER
    millis: ColumnElement[Any] = _NO_TIME
    convert: Callable[[Decimal], Any] = plain


class ValueTest(Form):
    """Number, text and time keys side by side; all must hold of one noted value.

    `is: 5` compares numbers, `is: "5"` texts. What cannot be read as a key wants it is missing.
    """

    text: Given[TextTest] = Field(default=None, alias="text?")
    number: Given[NumberTest] = Field(default=None, alias="number?")
    time: Given[TimeTest] = Field(default=None, alias="time?")
    among: Given[tuple[Number, ...]] = Field(default=None, alias="among?")
    not_among: Given[tuple[Number, ...]] = Field(default=None, alias="not among?")

    @classmethod
    def written_keys(cls) -> list[str]:
        """The keys that people write, in place of the model's own."""
        own = [name for name in cls.model_fields if name not in ValueTest.model_fields]
        return [*own, *_EITHER, *_NUMBER, *_TEXT, *_TIME]

    @classmethod
    def spelled(cls, value: Any) -> Any:
        """The keys by kind; what belongs to no kind stays where it is, to be refused there."""
        if not isinstance(value, dict):
            value = {"in" if isinstance(value, list) else "is": value}
        found: dict[str, Any] = {}
        for key, each in value.items():
            kind = _kind(key, each)
            if isinstance(each, bool) and key in _EITHER:
                each = str(each).lower()
            if kind in ("number?", "text?", "time?"):
                found.setdefault(kind, {})[key] = each
            else:
                found[kind or key] = each
        return found

    def passes(self, column: ColumnElement[Any], name: str, scope: Scope) -> ColumnElement[bool]:
        """The predicate on the value noted under that name; it may be NULL."""
        text, number, millis = note_text(column, name), note_number(column, name), note_millis(column, name)
        return self.holds(Readings(text, number, millis), scope)

    def holds(self, value: Readings, scope: Scope) -> ColumnElement[bool]:
        """The predicate on a value's readings; it may be NULL."""
        tests = []
        if self.text is not None:
            tests.append(self.text.passes(value.text))
        if self.number is not None:
            tests.append(self.number.passes(value.number, value.convert))
        if self.time is not None:
            tests.append(self.time.passes(value.millis, scope, to_millis))
        if self.among is not None:
            tests.append(or_(*(value.number == value.convert(one) for one in self.among)))
        if self.not_among is not None:
            tests.append(and_(*(value.number != value.convert(one) for one in self.not_among)))
        return and_(*tests)

    def mapped(self, change: Callable[[str], str]) -> Self:
        """The same test with every text in it changed."""
        return self if self.text is None else self.model_copy(update={"text": self.text.mapped(change)})

    @property
    def numbers(self) -> list[Decimal]:
        """Every number that it compares with."""
        return [*(self.number.values if self.number else ()), *(self.among or ()), *(self.not_among or ())]

    def words(self, scope: Scope) -> str:
        """`is large`, `at least 5`."""
        told = []
        if self.text is not None:
            told.append(self.text.words())
        if self.number is not None:
            told.append(self.number.words())
        if self.among is not None:
            told.append("is one of " + ", ".join(map(str, self.among)))
        if self.not_among is not None:
            told.append("is not one of " + ", ".join(map(str, self.not_among)))
        if self.time is not None:
            told.append(self.time.words(scope))
        return " and ".join(told)

    def said(self, fact: Hashable, scope: Scope, holds: bool) -> Iterator[Claim]:
        """What is certain of the value's readings, each a fact of its own."""
        ranges = list(self._ranges(scope))
        if not holds:
            (reading, only), *others = ranges
            if not others and not (self.text is not None and self.text.loose):
                yield Claim((fact, reading), ~only)
            return
        for reading, range_ in ranges:
            yield Claim((fact, reading), range_)
            if not range_.missing:  # whatever can be read was given as a text
                yield Claim((fact, "text"), KNOWN)

    def _ranges(self, scope: Scope) -> Iterator[tuple[str, Range]]:
        if self.text is not None:
            yield "text", self.text.range()
        if self.number is not None:
            yield "number", self.number.range(plain)
        if self.among is not None:
            yield "number", points(map(plain, self.among))
        if self.not_among is not None:
            yield "number", ~points(map(plain, self.not_among)) & KNOWN
        if self.time is not None:
            yield "time", self.time.range(scope, past=False)

    def empty(self, scope: Scope) -> bool:
        """Whether no value can pass."""
        return bool(
            (self.text and self.text.empty())
            or (self.number and self.number.empty())
            or (self.time and self.time.empty(scope, past=False))
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(core_schema)
        full = handler.resolve_ref_schema(found)
        if full.get("type") == "object":
            own = {k: v for k, v in full["properties"].items() if not k.endswith("?")}
            full["properties"] = own | deepcopy(_SCHEMA)
            if not own:
                spelled_out = dict(full)
                full.clear()
                full["anyOf"] = [_PLAIN, {"type": "array", "items": _PLAIN, "minItems": 1}, spelled_out]
        return found


_PLAIN: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_SCHEMA: dict[str, Any] = {
    "is": _PLAIN,
    "is_not": _PLAIN,
    **{key: {"type": "array", "items": _PLAIN, "minItems": 1} for key in ("in", "not_in")},
    **dict.fromkeys(_NUMBER, LEAVES["number"]),
    "between": {"type": "array", "items": LEAVES["number"], "minItems": 2, "maxItems": 2},
    **dict.fromkeys(_TEXT, LEAVES["text"]),
    "exists": {"type": "boolean"},
    **{key: LEAVES["date" if key in ("before", "after") else "duration"] for key in _TIME},
    "ago": {DEFINED: "AgeTest"},
    **{key: {"const": True} for key in ("ever", "never")},
}


def _kind(key: str, value: Any) -> str:
    """Which test the key belongs to by itself or by its value; empty for none."""
    if key in _NUMBER:
        return "number?"
    if key in _TEXT:
        return "text?"
    if key in _TIME:
        return "time?"
    if key not in _EITHER:
        return ""
    several = value if isinstance(value, list) else [value]
    if not several or not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in several):
        return "text?"
    if isinstance(value, list):
        return "among?" if key == "in" else "not among?"
    return "number?"
