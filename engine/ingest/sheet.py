"""One batch under our own column names, read column by column; a row that cannot be read drops out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import compress
from typing import Any

from engine.ingest.instants import Instants
from engine.ingest.tally import Tally, Unreadable
from engine.text import single_line

_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
#: PostgreSQL indexes some 2,700 bytes, and keys are made of several texts of up to four bytes a character.
LONGEST_KEY = 200
Parse = Callable[[str], Any]


class Sheet:
    """The batch's columns. Reading one gives a list as long as the batch, None where it is empty."""

    def __init__(self, columns: Mapping[str, list[str]], numbers: list[int], tally: Tally) -> None:
        self.columns = columns
        self.numbers = numbers
        self.tally = tally
        self.bad: dict[int, tuple[str, str]] = {}
        self._texts: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def has(self, name: str) -> bool:
        return name in self.columns

    def others(self, known: tuple[str, ...]) -> list[str]:
        """The columns besides the known ones."""
        return [name for name in self.columns if name not in known]

    def texts(self, name: str) -> list[str]:
        """The column without control characters and outer blanks; all empty where there is none."""
        found = self._texts.get(name)
        if found is None:
            found = self._texts[name] = self._clean(self.columns.get(name))
        return found

    def _clean(self, texts: list[str] | None) -> list[str]:
        if texts is None:
            return [""] * len(self)
        whole = "".join(texts)
        if whole.isprintable() and " " not in whole:
            return texts
        if _CONTROLS.search(whole):
            texts = [single_line(text) for text in texts]
        return [text.strip() for text in texts]

    def ids(self, name: str) -> list[str]:
        """The column's texts; a row that has none drops out, or one that is not whole."""
        self.whole(name)
        return self.required(name)

    def whole(self, name: str) -> list[str]:
        """The column's texts; a row drops out whose text would be another without its controls."""
        found = self.columns.get(name, [])
        if _CONTROLS.search("".join(found)):
            for index, text in enumerate(found):
                if _CONTROLS.search(text.strip()):
                    self.drop(index, f"{name} holds a line break or another control character")
        return self.texts(name)

    def plain(self, name: str, default: str | None = None) -> list[Any]:
        """The column's texts, `default` where empty."""
        texts = self.texts(name)
        return texts if all(texts) else [text or default for text in texts]

    def required(self, name: str) -> list[str]:
        """The column's texts; a row that has none drops out."""
        texts = self.short(name)
        if not all(texts):
            for index, text in enumerate(texts):
                if not text:
                    self.drop(index, f"{name} is empty")
        return texts

    def short(self, name: str) -> list[str]:
        """The column's texts; a row whose text is too long for an index drops out."""
        texts = self.texts(name)
        if max(map(len, texts), default=0) > LONGEST_KEY:
            for index, text in enumerate(texts):
                if len(text) > LONGEST_KEY:
                    self.drop(index, f"{name} is longer than {LONGEST_KEY} characters")
        return texts

    def read(self, name: str, parse: Parse, texts: list[str] | None = None) -> list[Any]:
        """Each text parsed; a row whose text is Unreadable drops out."""
        texts = self.texts(name) if texts is None else texts
        try:
            return _parsed(parse, texts)
        except Unreadable:
            return [self._carefully(index, name, parse, text) for index, text in enumerate(texts)]

    def instants(self, name: str, instants: Instants) -> list[int | None]:
        """Each text as milliseconds; a row whose text is no instant drops out."""
        texts = self.texts(name)
        try:
            return instants.column(texts)
        except LookupError:
            return self.read(name, instants.parse, texts)

    def _carefully(self, index: int, name: str, parse: Parse, text: str) -> Any:
        try:
            return parse(text) if text else None
        except Unreadable as fault:
            self.drop(index, fault.told(name), f"{name} {fault.what}")
            return None

    def lenient(self, name: str, parse: Parse, so: str = "left empty") -> list[Any]:
        """Each text parsed; an Unreadable one gives None and is remarked on, and its row stays."""
        texts = self.texts(name)

        def attempt(text: str) -> Any:
            try:
                return parse(text)
            except Unreadable as fault:
                self.tally.remarks[f"{name} {fault.what}: {so}"] += 1
                return None

        try:
            return _parsed(parse, texts)
        except Unreadable:
            return [attempt(text) if text else None for text in texts]

    def drop(self, index: int, told: str, counted: str | None = None) -> None:
        """Leaves the row out; the first reason stands."""
        self.bad.setdefault(index, (told, counted or told))

    def settle(self, columns: list[list[Any]]) -> list[list[Any]]:
        """The columns without the rows that dropped out, which are put on record, and the rows' numbers."""
        columns = [*columns, self.numbers]
        if not self.bad:
            return columns
        for index in sorted(self.bad):
            self.tally.leave_out(self.numbers[index], *self.bad[index])
        keep = [index not in self.bad for index in range(len(self))]
        return [list(compress(column, keep)) for column in columns]


def _parsed(parse: Parse, texts: list[str]) -> list[Any]:
    if all(texts):
        return list(map(parse, texts))
    return [parse(text) if text else None for text in texts] if any(texts) else [None] * len(texts)
