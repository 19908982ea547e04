"""The HTML of an email's files: tags that close, pictures and links that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from engine.compose.elements import Element, elements, hidden, torn
from engine.compose.lint_tags import unbalanced
from engine.compose.page import Page, Parsed
from engine.errors import Problem

_TAKEN_OUT = frozenset("script iframe form input object embed video audio".split())
_WHOLE = "write the whole address, https:// and all"
#: What an address may begin with.
_GOOD = ("https://", "mailto:", "tel:", "sms:", "cid:")


def problems(page: Page) -> Iterator[Problem]:
    """Everything wrong with the HTML."""
    included = {name for file in page.files.values() for name in _included(file)}
    for file in page.files.values():
        html = hidden(file.source.text, file is page.root)
        found = list(elements(html))
        for at in torn(html):
            what = "this tag does not end, or a quotation mark in it is missing"
            yield Problem(file.source.place_at(at), what, 'write it like <a href="...">', "warning")
        for element in found:
            yield from (_told(file, element, *said) for said in _faults(element, file.source.text))
        if file.path not in included and not included & set(_included(file)):
            for at, what, hint in unbalanced(html, found):
                yield Problem(file.source.place_at(at), what, hint, "warning")


def _included(file: Parsed) -> Iterator[str]:
    for node in file.body.find_all(nodes.Include):
        if isinstance(node.template, nodes.Const):
            yield str(node.template.value)


def _told(file: Parsed, element: Element, what: str, hint: str, level: str = "warning") -> Problem:
    return Problem(file.source.place_at(element.start), what, hint, level)  # type: ignore[arg-type]


def _faults(element: Element, source: str) -> Iterator[tuple[str, ...]]:
    if element.unclosed_quote:
        yield "a quotation mark is missing in this tag", 'every " needs another one, as in href="..."'
        return
    if element.name in _TAKEN_OUT and not element.is_end:
        yield f"mail programs take <{element.name}> out", "link to a page of your site instead"
    if element.name == "img":
        yield from _image(element, source)
    if element.name == "a" and "href" in element.attributes:
        yield from _link(element, source)


def _image(element: Element, source: str) -> Iterator[tuple[str, ...]]:
    address = element.written("src", source)
    if address is not None and not address.startswith(("{{", "{%", *_GOOD)):
        if address.startswith("http://"):
            yield "an image with http:// is not shown by many mail programs", "use https://"
        elif address.startswith("data:"):
            yield (
                "Gmail does not show a picture that is written into the letter",
                "put it on your site, and link it",
            )
        else:
            yield "this picture is not shown: its address is no whole one", _WHOLE
    if "alt" not in element.attributes:
        yield "this picture says nothing where pictures are not shown", 'add alt="..."', "hint"


def _link(element: Element, source: str) -> Iterator[tuple[str, ...]]:
    address = (element.written("href", source) or "").strip()
    if address.startswith(("{{", "{%", *_GOOD)):
        return
    if address.startswith("http://"):
        yield "this link has http://, and browsers warn of that", "use https://"
    elif address in ("", "#") or address.startswith("javascript:"):
        yield "this link leads nowhere", "write an address, or {{ links.shop }}"
    else:
        yield f"this link leads nowhere: {address[:40]!r} is no whole address", _WHOLE
