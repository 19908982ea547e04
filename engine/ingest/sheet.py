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

    def __len__(self) -> int:
        return len(self.numbers)

    def has(self, name: str) -> bool:
        return name in self.columns

    def others(self, known: tuple[str, ...]) -> list[str]:
        """The columns besides the known ones."""
        return [name for name in self.columns if name not in known]

    def texts(self, name: str) -> list[str]:
        """The column without control characters and outer blanks; all empty where there is none."""
        found = self.columns.get(name)
        if found is None:
            return [""] * len(self)
        whole = "".join(found)
        if whole.isprintable() and " " not in whole:
            return found
        if _CONTROLS.search(whole):
            found = [single_line(text) for text in found]
        return [text.strip() for text in found]

    def plain(self, name: str, default: str | None = None) -> list[Any]:
        """The column's texts, `default` where empty."""
        return [text or default for text in self.texts(name)]

    def required(self, name: str) -> list[str]:
        """The column's texts; a row that has none drops out."""
        texts = self.texts(name)
        if not all(texts):
            for index, text in enumerate(texts):
                if not text:
                    self.drop(index, f"{name} is empty")
        return self.short(name, texts)

    def short(self, name: str, texts: list[str] | None = None) -> list[str]:
        """The column's texts; a row whose text is too long for an index drops out."""
        texts = self.texts(name) if texts is None else texts
        if max(map(len, texts), default=0) > LONGEST_KEY:
            for index, text in enumerate(texts):
                if len(text) > LONGEST_KEY:
                    self.drop(index, f"{name} is longer than {LONGEST_KEY} characters")
        return texts

    def read(self, name: str, parse: Parse, texts: list[str] | None = None) -> list[Any]:
        """Each text parsed; a row whose text is Unreadable drops out."""
        texts = self.texts(name) if texts is None else texts
        if not any(texts):
            return [None] * len(texts)
        try:
            return (
                list(map(parse, texts)) if all(texts) else [parse(text) if text else None for text in texts]
            )
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

        def attempt(text: str) -> Any:
            try:
                return parse(text)
            except Unreadable as fault:
                self.tally.remarks[f"{name} {fault.what}: {so}"] += 1
                return None

        return [attempt(text) if text else None for text in self.texts(name)]

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
