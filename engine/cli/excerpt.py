"""The line that a problem stands on, and the caret below it, for terminals of any script."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from engine.errors import Place

#: Where lines end for YAML, and for Jinja.
_YAML_LINES = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_LINES = re.compile("\r\n|[\n\r]")
_TAB = " " * 4
#: So many cells of a long line are shown, and so many of them before the place.
_SHOWN, _BEFORE = 160, 100


def excerpt(place: Place, root: Path) -> list[str]:
    """The line and the caret; nothing where there is no such line, or nothing on it."""
    try:
        text = (root / place.file).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return []
    ends = _LINES if place.file.endswith(".j2") else _YAML_LINES
    lines = ends.split(text)
    if not 1 <= place.line <= len(lines) or not lines[place.line - 1].strip():
        return []
    return _pointed(lines[place.line - 1], place.column - 1)


def _pointed(line: str, at: int) -> list[str]:
    """The line with a caret below its character number `at`."""
    start, end = _right_to_left(line, at)
    line, start, end = _cut(line, start, end)
    before, under = _cells(_shown(line[:start])), _cells(_shown(line[start:end]))
    return [_shown(line).rstrip(), " " * before + "^" * max(1, under if end - start > 1 else 1)]


def _right_to_left(line: str, at: int) -> tuple[int, int]:
    """The characters to point at: one, or the whole run of right-to-left text that it is in.

    Some terminals turn such a run round and some do not; its ends stay where they are in both.
    """
    directions = [unicodedata.bidirectional(character) for character in line]
    for run in re.finditer("r[^l]*r|r", "".join(_STRONG.get(one, ".") for one in directions)):
        if run.start() <= at < run.end():
            return run.span()
    at = min(at, len(line))
    return at, at + 1


_STRONG = {"L": "l", "R": "r", "AL": "r"}


def _cut(line: str, start: int, end: int) -> tuple[str, int, int]:
    """A long line about the place, with dots where it was cut."""
    first = max(0, start - _BEFORE) if _cells(line) > _SHOWN else 0
    shown = line[first : first + _SHOWN]
    if first:
        shown = "…" + shown[1:]
    if first + _SHOWN < len(line):
        shown = shown[:-1] + "…"
    return shown, start - first, min(end - first, len(shown))


def _shown(text: str) -> str:
    """The text as it is printed: tabs as blanks, no character that would move the cursor."""
    return "".join(_TAB if one == "\t" else " " if unicodedata.category(one) == "Cc" else one for one in text)


def _cells(text: str) -> int:
    """How many columns of a terminal the text takes: none for a joiner, two for a Chinese character."""
    from rich.cells import cell_len

    return cell_len(text)
