"""The tags of an HTML source one by one, with its Jinja blotted out letter for letter."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.compose.constructs import blocks, masked
from engine.compose.front_matter import split

_TOKEN = re.compile(
    r"<!--.*?-->|<!\[endif\]-->|<(?P<skip>style|script|textarea|title)\b[^>]*>.*?</(?P=skip)\s*>"
    r"|<(?P<end>/?)(?P<name>[a-z][a-z0-9:-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^\"'<>])*)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"(?P<name>[^\s\"'<>/=]+)(?:\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))?")
_BEGUN = re.compile(r"<[a-z][a-z0-9]*\s+[a-z-]+\s*=", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-z/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Element:
    """A start or end tag: its place, and where each attribute's value stands."""

    name: str
    start: int
    end: int
    is_end: bool = False
    closes_itself: bool = False
    unclosed_quote: bool = False
    attributes: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def written(self, name: str, source: str) -> str | None:
        """The attribute's value as it stands in the source, Jinja and all."""
        span = self.attributes.get(name)
        return source[span[0] : span[1]] if span else None


def hidden(source: str, is_email: bool) -> str:
    """The source with Jinja, front matter and the plain-text part blotted out."""
    html = masked(source)
    for region in blocks(source):
        if region.name == "text":
            html = _blot(html, region.start, region.end)
    front = split(source)[0] if is_email else None
    return html if front is None else _blot(html, 0, _length_of_front(source, front))


def _length_of_front(source: str, front: str) -> int:
    lines = source.split("\n")[: front.count("\n") + 2]
    return min(sum(len(line) + 1 for line in lines), len(source))


def _blot(html: str, start: int, end: int) -> str:
    return html[:start] + re.sub(r"[^\n]", " ", html[start:end]) + html[end:]


def elements(html: str) -> Iterator[Element]:
    """Every start and end tag, in order; what stands in comments and sheets is none."""
    for match in _TOKEN.finditer(html):
        if match.group("name"):
            yield _element(match, html)
        elif match.group("skip") and match.group("skip").lower() == "script":
            yield Element("script", match.start(), match.end(), closes_itself=True)


def torn(html: str) -> Iterator[int]:
    """Where tags begin that never end."""
    whole = [match.span() for match in _TOKEN.finditer(html)]
    starts = [start for start, _ in whole]
    for match in _BEGUN.finditer(html):
        before = bisect_right(starts, match.start()) - 1
        if before < 0 or whole[before][1] <= match.start():
            yield match.start()


def _element(match: re.Match[str], html: str) -> Element:
    rest = match.group("rest")
    quoted = [one.group("value") for one in _ATTRIBUTE.finditer(rest) if one.group("value")]
    attributes = {
        one.group("name").lower(): _value(one)
        for one in _ATTRIBUTE.finditer(html, match.start("rest"), match.end("rest"))
    }
    return Element(
        match.group("name").lower(),
        match.start(),
        match.end(),
        is_end=bool(match.group("end")),
        closes_itself=rest.rstrip().endswith("/"),
        unclosed_quote=any(_MARKUP.search(value) for value in quoted),
        attributes=attributes,
    )


def _value(one: re.Match[str]) -> tuple[int, int]:
    if one.group("value") is None:
        return one.end(), one.end()
    quoted = one.group("value")[0] in "\"'"
    return one.start("value") + quoted, one.end("value") - quoted
