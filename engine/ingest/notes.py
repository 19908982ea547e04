"""Attributes and properties: a value as it was given, as a number, and as an instant."""

from __future__ import annotations

import json
import math
import re

from engine.ingest.instants import Instants
from engine.ingest.memo import Memo
from engine.ingest.tally import Unreadable
from engine.text import fold

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
_DATED = re.compile(r"\d{4}[-/]\d")


class Notes:
    """Notes texts as `[text, number or null, milliseconds or null]`, see `store.types.READINGS`."""

    def __init__(self, instants: Instants) -> None:
        self.instants = instants
        self._notes = Memo(self._note)

    def together(self, columns: dict[str, list[str]]) -> list[str]:
        """One JSON object a row; an empty value is null, which takes an old one away."""
        notes = self._notes
        keys = [json.dumps(name, ensure_ascii=False) for name in columns]
        told = [
            [f"{key}:{notes[text]}" if text else f"{key}:null" for text in texts]
            for key, texts in zip(keys, columns.values(), strict=True)
        ]
        return ["{" + ",".join(row) + "}" for row in zip(*told, strict=True)]

    def one(self, values: dict[str, str]) -> str:
        """One JSON object of one row's values."""
        told = (
            f"{json.dumps(name, ensure_ascii=False)}:{self._notes[text]}"
            for name, text in values.items()
            if text
        )
        return "{" + ",".join(told) + "}"

    def _note(self, text: str) -> str:
        note = [text, self._number(text), self._millis(text)]
        return json.dumps(note, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def _number(text: str) -> float | None:
        folded = fold(text)
        if not _NUMBER.match(folded):
            return None
        number = float(folded)
        if not math.isfinite(number):
            return None
        return int(number) if number.is_integer() and abs(number) < 2**53 else number

    def _millis(self, text: str) -> int | None:
        if not _DATED.match(fold(text)):
            return None
        try:
            return self.instants.parse(text)
        except Unreadable:
            return None
