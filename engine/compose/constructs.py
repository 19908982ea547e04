"""Where the Jinja of a source stands, so that its HTML can be looked at without it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_INNER = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?!%s).)*?"""
_CONSTRUCT = re.compile(
    r"(?P<comment>\{#.*?#\})"
    r"|(?P<raw>\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\})"
    rf"|(?P<statement>\{{%{_INNER % '%}'}%\}})"
    rf"|(?P<expression>\{{\{{{_INNER % '}}'}\}}\}})",
    re.DOTALL,
)
_WORDS = re.compile(r"\{%[-+]?\s*(\w+)(?:\s+(\"[^\"]*\"|'[^']*'|\w+))?")


@dataclass(frozen=True, slots=True)
class Construct:
    """One piece of Jinja: its kind, its place, and for a statement its first two words."""

    kind: str
    start: int
    end: int
    word: str = ""
    name: str = ""


@lru_cache(maxsize=256)
def constructs(source: str) -> tuple[Construct, ...]:
    """Every comment, statement, expression and raw region, in order."""
    return tuple(_construct(match) for match in _CONSTRUCT.finditer(source))


def _construct(match: re.Match[str]) -> Construct:
    kind = str(match.lastgroup)
    words = _WORDS.match(match.group()) if kind == "statement" else None
    word, name = (words.group(1), (words.group(2) or "").strip("\"'")) if words else ("", "")
    return Construct(kind, match.start(), match.end(), word, name)


def masked(source: str) -> str:
    """The source with its Jinja blotted out, letter for letter: `x` for expressions, blanks for the rest."""
    parts, at = [], 0
    for one in constructs(source):
        blot = "x" if one.kind == "expression" else " "
        parts += [source[at : one.start], blot * (one.end - one.start)]
        at = one.end
    return "".join([*parts, source[at:]])


@dataclass(frozen=True, slots=True)
class Region:
    """A block: where its tags and its content stand."""

    name: str
    start: int
    inner: int
    inner_end: int
    end: int


def blocks(source: str) -> Iterator[Region]:
    """Every block of the source, inner ones first."""
    opened: list[Construct] = []
    for one in constructs(source):
        if one.word == "block":
            opened.append(one)
        elif one.word == "endblock" and opened:
            first = opened.pop()
            yield Region(first.name, first.start, first.end, one.start, one.end)
