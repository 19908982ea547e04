"""The HTML tags of one template file, with its Jinja blotted out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.compose.constructs import Construct, constructs, masked

_TAG = re.compile(
    r"<!--.*?-->|<(?P<skip>style|script|textarea|title)\b.*?</(?P=skip)\s*>"
    r"|<(?P<name>[a-z][a-z0-9:-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^\"'<>])*)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"(?P<name>[^\s\"'<>/=]+)\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)")
_SHEET = re.compile(r"<style\b.*?</style\s*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag: where its name ends; and its own style, if it has one, as the value between the quotes."""

    after_name: int
    style: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Markup:
    """A file's HTML, letter for letter as long as its source, and the tags that may take a style.

    Their own styles are blotted out: they win over the sheet's in any case.
    """

    html: str
    tags: tuple[Tag, ...]


def markup(source: str) -> Markup:
    """Blots out Jinja, sheets with Jinja in them, and styles; finds the tags whose looks are fixed."""
    html, holes = masked(source), constructs(source)
    for sheet in _SHEET.finditer(html):
        if any(sheet.start() <= hole.start < sheet.end() for hole in holes):
            html = _blot(html, sheet.start(), sheet.end())
    found: list[Tag] = []
    for match in _TAG.finditer(html):
        if match.group("name"):
            attributes = list(_ATTRIBUTE.finditer(html, match.start("rest"), match.end("rest")))
            if _fixed(attributes, match, holes):
                found.append(Tag(match.start("rest"), _style(attributes)))
            for one in attributes:
                if one.group("name").lower() == "style":
                    html = _blot(html, one.start(), one.end())
    return Markup(html, tuple(found))


def _blot(html: str, start: int, end: int) -> str:
    return html[:start] + " " * (end - start) + html[end:]


def _fixed(attributes: list[re.Match[str]], tag: re.Match[str], holes: Iterable[Construct]) -> bool:
    """Whether no statement decides which class, id or style the tag has."""
    names = [one.group("name").lower() for one in attributes]
    if len(set(names)) < len(names):
        return False
    for hole in holes:
        if tag.start() < hole.start < tag.end() and hole.kind != "comment":
            home = [one for one in attributes if one.start("value") <= hole.start < one.end("value")]
            if not home or (hole.kind != "expression" and home[0].group("name").lower() in ("class", "id")):
                return False
    return True


def _style(attributes: list[re.Match[str]]) -> tuple[int, int] | None:
    for one in attributes:
        if one.group("name").lower() == "style":
            quoted = one.group("value")[0] in "\"'"
            return one.start("value") + quoted, one.end("value") - quoted
    return None
