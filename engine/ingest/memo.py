"""Values repeat: each distinct text is parsed once, as long as there is room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Memo(dict[str, V], Generic[V]):
    """What a text was parsed to; forgets everything when full. `memo[text]` parses."""

    ROOM = 65_536

    def __init__(self, parse: Callable[[str], V]) -> None:
        super().__init__()
        self.parse = parse

    def __missing__(self, text: str) -> V:
        if len(self) >= self.ROOM:
            self.clear()
        value = self[text] = self.parse(text)
        return value
