"""Jinja's complaints about a template, in words for the person who wrote it, at the right place."""

from __future__ import annotations

import re
from bisect import bisect_right

from jinja2 import TemplateSyntaxError

from engine.compose.constructs import constructs
from engine.compose.known import TAGS
from engine.errors import Place, Problem
from engine.text import nearest

_UNKNOWN_TAG = re.compile(r"Encountered unknown tag '(\w+)'")
_OPEN = re.compile(r"The innermost block that needs to be closed is '(\w+)'")
_EXPECTED = re.compile(r"expected token '(.+?)', got '(.+?)'")
_EMPTY = re.compile(r"Expected an expression, got '(end of \w+ (?:statement|block))'")
_CHARACTER = re.compile(r"unexpected char '(.)'")
_CURLY = "“”„‘’‚«»"
_PIECE = re.compile(r"\{[{%].*?(?:[}%]\}|$)")
_USUAL = ("if", "for", "set", "block", "include")
_CLOSERS = {"end of print statement": "}}", "end of statement block": "%}"}


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


def told(error: TemplateSyntaxError, source: Source) -> Problem:
    """The complaint as a Problem."""
    said = error.message or "this cannot be read"
    unknown = _UNKNOWN_TAG.search(said)
    if unknown:
        tag = unknown.group(1)
        if tag.startswith("end") and tag in TAGS:
            return Problem(source.place(error.lineno, tag), f"{{% {tag} %}} closes nothing that is open here")
        near = nearest(tag, TAGS)
        hint = f"did you mean {near!r}?" if near else f"the usual ones: {', '.join(_USUAL)}"
        return Problem(source.place(error.lineno, tag), f"unknown tag {{% {tag} %}}", hint)
    opened = _OPEN.search(said)
    if opened:
        tag = opened.group(1)
        place = source.unclosed(tag) or source.place(error.lineno, tag)
        return Problem(place, f"{{% {tag} %}} is never closed", f"write {{% end{tag} %}} where it ends")
    empty = _EMPTY.search(said)
    if empty and empty.group(1) in _CLOSERS:
        what = f"nothing stands where {_CLOSERS[empty.group(1)]} expects something before it"
        return Problem(source.place(error.lineno), what, "write a name or a text in quotes there")
    if said == "unexpected '}'":
        return Problem(
            source.place(error.lineno), "a single } stands here", "{{ ends with }}, and {% with %}"
        )
    character = _CHARACTER.search(said)
    if character and character.group(1) in _CURLY:
        what = f"the curly quote {character.group(1)} cannot stand in a piece of Jinja"
        return Problem(source.at(error.lineno, character.group(1)), what, "type it straight, as ' or \"")
    open_ = source.opened(error.lineno)
    if open_ is not None and said.startswith("unexpected "):
        return Problem(open_, "this {{ is never closed", "write }} where it ends")
    expected = _EXPECTED.search(said)
    if expected:
        return _unexpected(expected.group(1), expected.group(2), error.lineno, source)
    return Problem(
        source.place(error.lineno), f"this is not valid Jinja: {said[0].lower()}{said[1:]}".rstrip(".")
    )


def _unexpected(expected: str, got: str, line: int, source: Source) -> Problem:
    if got in _CLOSERS:
        what = f"{_CLOSERS[got]} comes too early"
        return Problem(source.place(line), what, f"{_CLOSERS.get(expected, expected)} is missing before it")
    if expected in _CLOSERS:
        what = f"{got!r} is not expected here"
        hint = f"is {_CLOSERS[expected]} missing before it, or a | between a value and its filter?"
        return Problem(source.place(line, got), what, hint)
    return Problem(source.place(line, got), f"{got!r} stands where {expected!r} should be")
