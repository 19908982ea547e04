"""A template file's text, and where in it something stands."""

from __future__ import annotations

import re
from bisect import bisect_right

from engine.compose.constructs import constructs
from engine.errors import Place

_PIECE = re.compile(r"\{[{%].*?(?:[}%]\}|$)")


class Source:
    """A template file's whole text, front matter included, to find places in."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.lines = text.split("\n")
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def place(self, line: int, word: str = "") -> Place:
        """Where the word stands in the Jinja of that line; else where the line's first piece of it begins."""
        line = min(max(line, 1), len(self.lines))
        written = self.lines[line - 1]
        form = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        pieces = [(piece.start(), piece.end()) for piece in _PIECE.finditer(written)]
        for start, end in (*pieces, (0, len(written))) if word else ():
            found = form.search(written, start, end)
            if found:
                return Place(self.file, line, found.start() + 1)
        return Place(self.file, line, pieces[0][0] + 1 if pieces else 1)

    def place_at(self, offset: int) -> Place:
        """The place of the letter with that number in the text."""
        line = bisect_right(self._starts, offset)
        return Place(self.file, line, offset - self._starts[line - 1] + 1)

    def at(self, line: int, piece: str) -> Place:
        """Where that piece of text first stands within Jinja's braces on the line."""
        written = self.lines[min(max(line, 1), len(self.lines)) - 1]
        opened = re.search(r"\{[{%]", written)
        found = written.find(piece, opened.start() if opened else 0)
        return Place(self.file, line, found + 1) if found >= 0 else self.place(line)

    def opened(self, line: int) -> Place | None:
        """Where a {{ stands that nothing on its line closes."""
        before, opener, after = self.lines[min(max(line, 1), len(self.lines)) - 1].rpartition("{{")
        return Place(self.file, line, len(before) + 1) if opener and "}}" not in after else None

    def unclosed(self, tag: str) -> Place | None:
        """Where the last such tag stands that nothing closes."""
        opened = []
        for one in constructs(self.text):
            if one.word == tag and not (tag == "set" and self._assigns(one.start, one.end)):
                opened.append(one.start)
            elif one.word == f"end{tag}" and opened:
                opened.pop()
        if not opened:
            return None
        return self.place_at(opened[-1])

    def _assigns(self, start: int, end: int) -> bool:
        return "=" in self.text[start:end]
