"""Text tests: exact, minding case, after folding of both sides (Persian letters, digits, joiners)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field
from pydantic.json_schema import JsonSchemaValue
from sqlalchemy import ColumnElement, String, and_, func

from engine.rules.forms import LEAVES, Form, Given, Words, share_of
from engine.rules.ranges import KNOWN, MISSING, NOTHING, Range, beginning, points
from engine.store.types import folded, position
from engine.text import fold, isolated

_Listed = Annotated[tuple[Words, ...], BeforeValidator(lambda value: share_of(value, "a list"))]
_TEXTS = {"type": "array", "items": LEAVES["text"], "minItems": 1}


class TextTest(Form):
    """Keys that must all hold of one text; a bare text means equal, a list one of them."""

    is_: Given[Words] = Field(default=None, alias="is")
    is_not: Given[Words] = None
    in_: Given[_Listed] = Field(default=None, alias="in")
    not_in: Given[_Listed] = None
    contains: Given[Words] = None
    starts_with: Given[Words] = None
    ends_with: Given[Words] = None
    exists: Given[bool] = None

    @classmethod
    def spelled(cls, value: Any) -> Any:
        if isinstance(value, dict):
            if not value:
                raise ValueError("a test needs at least one of is, in, contains, starts_with, exists, ...")
            return value
        return {"in": value} if isinstance(value, (list, tuple)) else {"is": value}

    @classmethod
    def shorthands(cls) -> list[JsonSchemaValue]:
        return [LEAVES["text"], _TEXTS]

    def passes(
        self, column: ColumnElement[Any], text: ColumnElement[Any] | None = None
    ) -> ColumnElement[bool]:
        """The predicate; NULL where the column is, but for `exists`. `text` is the column in its folded form,
        where the caller knows a shorter way to it.
        """
        text = folded(column) if text is None else text
        return and_(*(_one(key, value, column, text) for key, value in self.given().items()))

    def mapped(self, change: Callable[[str], str]) -> Self:
        """The same test with every text in it changed, as `str.upper` for countries."""
        return self.model_copy(
            update={
                name: tuple(map(change, value)) if isinstance(value, tuple) else change(value)
                for name in self.model_fields_set
                if name in TextTest.model_fields and not isinstance(value := getattr(self, name), bool)
            }
        )

    def exact(self) -> tuple[str, ...] | None:
        """The only texts that can pass, where `is` or `in` says so."""
        if self.is_ is not None:
            return (self.is_,)
        return self.in_

    @property
    def named(self) -> list[str]:
        """Every whole text that it compares with."""
        return [*(self.in_ or ()), *(self.not_in or ()), *filter(None, (self.is_, self.is_not))]

    def empty(self) -> bool:
        """Whether no text at all can pass."""
        keys = self.given()
        if keys.get("exists") is False:
            return len(keys) > 1
        only = {fold(text) for text in self.exact() or ()}
        if self.is_ is not None and self.in_ is not None:
            only &= {fold(text) for text in self.in_}
        return self.exact() is not None and not any(self._could_be(text) for text in only)

    def range(self) -> Range:
        """The folded texts that can pass. What a text has in it or at its end cuts off none: see `loose`."""
        if self.empty():
            return NOTHING
        if self.exists is False:
            return MISSING
        found = KNOWN if self.starts_with is None else beginning(fold(self.starts_with))
        for name, refused in (("is_", False), ("in_", False), ("is_not", True), ("not_in", True)):
            given = getattr(self, name)
            if given is not None:
                texts = points(map(fold, given if isinstance(given, tuple) else (given,)))
                found &= ~texts if refused else texts
        return found

    @property
    def loose(self) -> bool:
        """Whether not every text of its range passes."""
        return self.contains is not None or self.ends_with is not None

    def _could_be(self, text: str) -> bool:
        """Whether that folded text passes everything but `is` and `in`."""
        refused = {fold(one) for one in (*(self.not_in or ()), *filter(None, (self.is_not,)))}
        return (
            text not in refused
            and fold(self.contains or "") in text
            and text.startswith(fold(self.starts_with or ""))
            and text.endswith(fold(self.ends_with or ""))
        )

    def words(self) -> str:
        """`is GB`, `is one of GB, IE`, `is known`."""
        return " and ".join(_told(key, value) for key, value in self.given().items() if key in _KEYS)


_KEYS = frozenset(field.alias or name for name, field in TextTest.model_fields.items())


def _one(key: str, value: Any, column: ColumnElement[Any], text: ColumnElement[str]) -> ColumnElement[bool]:
    if key == "exists":
        return column.is_not(None) if value else column.is_(None)
    if isinstance(value, tuple):
        words = [fold(one) for one in value]
        return text.in_(words) if key == "in" else text.not_in(words)
    return _COMPARE[key](text, fold(value))


def _ends(text: ColumnElement[str], end: str) -> ColumnElement[bool]:
    return func.substr(text, func.length(text) - len(end) + 1, type_=String) == end


_COMPARE: dict[str, Callable[[ColumnElement[str], str], ColumnElement[bool]]] = {
    "is": lambda text, value: text == value,
    "is_not": lambda text, value: text != value,
    "contains": lambda text, value: position(text, value) > 0,
    "starts_with": lambda text, value: func.substr(text, 1, len(value), type_=String) == value,
    "ends_with": _ends,
}


def _told(key: str, value: Any) -> str:
    if key == "exists":
        return "is known" if value else "is not known"
    if isinstance(value, tuple):
        several = ", ".join(map(isolated, value))
        one_of = several if len(value) == 1 else f"one of {several}"
        return f"is {one_of}" if key == "in" else f"is not {one_of}"
    return f"{key.replace('_', ' ')} {isolated(value)}"
