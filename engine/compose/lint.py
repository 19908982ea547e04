"""What can be found wrong with a template without rendering it, said so that a marketer can mend it.

Templates are only ever parsed here, never compiled: even compiling runs some of their code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jinja2 import nodes

from engine.compose import names, sms
from engine.compose.library import TEXT_LAYOUT, Library
from engine.compose.page import Page, Parsed, shown
from engine.errors import Place, Problem, Problems, YoursToFix
from engine.text import did_you_mean
from engine.vocabulary import Channel

#: Gmail shows no more of a message than this.
CLIPPED = 102 * 1024
_PLAIN_IMAGE = re.compile(r"<img\b[^>]*\bsrc\s*=\s*[\"']?http://", re.IGNORECASE)


def problems(
    library: Library, name: str, channel: Channel | str, kind: str = "marketing", max_segments: int = 3
) -> list[Problem]:
    """Everything wrong with a template in every language, and with the layouts that it uses."""
    paths = library.versions(name, channel)
    if not paths:
        hint = did_you_mean(name, library.names(channel))
        place = Place(shown(f"{name}.{channel}.j2"))
        return [Problem(place, f"there is no template {name!r} for {channel}", hint)]
    found: dict[Problem, None] = {}
    for path in paths:
        found |= dict.fromkeys(_of_file(library, path, str(channel), kind, max_segments))
    return sorted(found, key=lambda one: (one.place.file, one.place.line, one.place.column))


def unreadable(library: Library, name: str, channel: Channel | str) -> str:
    """Why nobody could be written to from this template, whoever they are; empty when it can be read."""
    paths = library.versions(name, channel)
    if not paths:
        return f"{shown(f'{name}.{channel}.j2')} is missing"
    for path in paths:
        try:
            Page(library, path)
        except Problems as error:
            first = error.problems[0]
            return f"{first.place}: {first.message}" + (f" ({first.hint})" if first.hint else "")
        except YoursToFix as error:
            return f"{shown(path)}: {error}"
    return ""


def _of_file(library: Library, path: str, channel: str, kind: str, max_segments: int) -> Iterator[Problem]:
    try:
        page = Page(library, path)
        yield from _names(page)
        if channel == "sms":
            yield from _sms(page, max_segments)
            return
        yield from _email(page, kind)
        if library.text(TEXT_LAYOUT) is not None:
            yield from _names(Page(library, TEXT_LAYOUT))
    except Problems as error:
        yield from error.problems
    except YoursToFix as error:
        yield Problem(Place(shown(path)), str(error))


def _names(page: Page) -> Iterator[Problem]:
    yield from page.missing
    yield from names.unknown(page)
    for file in page.files.values():
        yield from names.unguarded(file, {})
        yield from _said_twice(file)


def _said_twice(file: Parsed) -> Iterator[Problem]:
    for again in list(file.body.find_all(nodes.Extends))[1:]:
        place = file.source.place(again.lineno, "extends")
        yield Problem(place, "a template extends one layout only", "take this line away")
    seen: set[str] = set()
    for block in file.body.find_all(nodes.Block):
        if block.name in seen:
            place = file.source.place(block.lineno, block.name)
            yield Problem(place, f"the block {block.name!r} is there already", "give it another name")
        seen.add(block.name)


def _email(page: Page, kind: str) -> Iterator[Problem]:
    if kind == "marketing":
        yield from _what_the_law_asks(page)
    yield from _outside_of_blocks(page)
    size = sum(len(data.encode()) for file in page.files.values() for data in _static(file.body.body))
    if size > CLIPPED:
        what = f"is {size // 1024} KB before a word is filled in; Gmail cuts messages off at 102 KB"
        yield Problem(Place(shown(page.path)), what, "shorten it", "warning")
    for file in page.files.values():
        for line, text in enumerate(file.source.lines, 1):
            if _PLAIN_IMAGE.search(text):
                place = Place(file.source.file, line, text.lower().index("<img") + 1)
                what = "an image with http:// is not shown by many mail programs"
                yield Problem(place, what, "use https://", "warning")


def _what_the_law_asks(page: Page) -> Iterator[Problem]:
    """Marketing says who writes, and how to make it stop."""
    place = Place(page.layout.source.file)
    used = {(name, field) for file in page.files.values() for name, field, _ in _used(file)}
    if ("links", "unsubscribe") not in used:
        yield Problem(place, "a marketing email needs a link to leave", "add {{ links.unsubscribe }}")
    if ("brand", "postal_address") not in used:
        hint = "add {{ brand.postal_address }}"
        yield Problem(place, "a marketing email needs the brand's postal address", hint)
    text = page.library.text(TEXT_LAYOUT)
    if text is None:
        what = f"there is no file {TEXT_LAYOUT!r} in templates/, which makes the plain-text part"
        yield Problem(Place(shown(page.path)), what, "write it, or take the one that `rekindle init` makes")
    elif not re.search(r"links\s*\.\s*unsubscribe", text):
        hint = "add {{ links.unsubscribe }}"
        yield Problem(Place(shown(TEXT_LAYOUT)), "the plain-text part has no link to leave", hint)


def _used(file: Parsed) -> Iterator[tuple[str, str, nodes.Node]]:
    for tree in file.trees:
        yield from names.fields(tree)


def _outside_of_blocks(page: Page) -> Iterator[Problem]:
    """What a template that extends another one says outside of its blocks is never shown."""
    if page.is_wrapped and not any(one.name == "body" for one in page.root.body.find_all(nodes.Block)):
        return
    for node in page.root.body.body:
        texts = node.nodes if isinstance(node, nodes.Output) else []
        for text in texts:
            if not isinstance(text, nodes.TemplateData) or text.data.strip():
                line = text.lineno + _blank_lines(text)
                what = "this stands outside of every block, so nobody will see it"
                yield Problem(page.root.source.place(line), what, "put it into {% block body %}", "warning")
                return


def _blank_lines(text: nodes.Node) -> int:
    data = text.data if isinstance(text, nodes.TemplateData) else ""
    return data[: len(data) - len(data.lstrip())].count("\n")


def _sms(page: Page, max_segments: int) -> Iterator[Problem]:
    place = Place(shown(page.path))
    text = "".join(_static(page.root.body.body, longest=True)).strip()
    if text.startswith("---"):
        yield Problem(place, "an SMS has no front matter; these lines would be sent", "begin with the text")
    cost = sms.count(text)
    if cost.parts > max_segments:
        what = (
            f"the fixed text alone makes {cost.parts} SMS ({cost.units} characters), at most {max_segments}"
        )
        yield Problem(place, f"{what} are sent", "shorten it, or raise channels.sms.max_segments")
    odd = sms.culprits(text)
    if odd and len(odd) <= len(text) // 20 and text.isprintable():
        plain = sms.count(re.sub(f"[{re.escape(odd)}]", "'", text))
        if plain.parts < cost.parts:
            what = f"{odd!r} makes this {cost.parts} SMS instead of {plain.parts}"
            yield Problem(place, what, "use plain letters and straight quotes", "warning")


def _static(body: Iterable[nodes.Node], longest: bool = False) -> Iterator[str]:
    """The text that stands fixed in these nodes; with `longest` of several branches the longest only."""
    for node in body:
        if isinstance(node, nodes.Output):
            yield from (text.data for text in node.nodes if isinstance(text, nodes.TemplateData))
        elif isinstance(node, nodes.If) and longest:
            branches = [node.body, *(other.body for other in node.elif_), node.else_]
            yield max(("".join(_static(branch, longest)) for branch in branches), key=len)
        elif isinstance(node, nodes.If):
            yield from _static([*node.body, *node.elif_, *node.else_])
        elif not isinstance(node, nodes.Macro) and isinstance(getattr(node, "body", None), list):
            yield from _static(node.body, longest)  # type: ignore[attr-defined]
