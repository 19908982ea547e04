"""What an email needs: a way out, an address, a subject that is read, and a size that is shown whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

from engine.compose import names
from engine.compose.css import inline
from engine.compose.estimate import Estimate
from engine.compose.expressions import TooMuch
from engine.compose.front_matter import body_of
from engine.compose.library import EMAIL_LAYOUT, TEXT_LAYOUT
from engine.compose.lint_about import About
from engine.compose.page import Page, Parsed, shown
from engine.compose.references import parse
from engine.errors import Place, Problem
from engine.text import did_you_mean

#: Gmail shows no more of a message than this.
CLIPPED = 102 * 1024
#: Of a subject, inboxes show some sixty letters; what is longer than this is surely a mistake.
LONG_SUBJECT = 150
#: A letter of more tags than these is long without its styles, and writing them in takes its time.
_MANY_TAGS = 3_000


def problems(page: Page, about: About) -> Iterator[Problem]:
    """Everything wrong with an email as an email."""
    if about.kind == "marketing":
        yield from _what_the_law_asks(page)
    if page.is_blank:
        what = "nothing stands below the front matter: this letter says nothing"
        yield Problem(Place(shown(page.path)), what, "write it there", "warning")
    yield from _outside_of_blocks(page)
    yield from _blocks(page)
    yield from _subject(page, about)
    yield from _preheader(page)
    yield from _size(page, about)


def _what_the_law_asks(page: Page) -> Iterator[Problem]:
    """Marketing says who writes, and how to make it stop."""
    place = Place(page.layout.source.file)
    used = {(name, field) for file in page.files.values() for name, field in _used(file)}
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


def _used(file: Parsed) -> Iterator[tuple[str, str]]:
    for tree in file.trees:
        yield from ((name, field) for name, field, _ in names.fields(tree))


def _outside_of_blocks(page: Page) -> Iterator[Problem]:
    """What a template that extends another one says outside of its blocks is never shown."""
    if not _fills_blocks(page):
        return
    for node in page.root.body.body:
        texts = node.nodes if isinstance(node, nodes.Output) else []
        for text in texts:
            if not isinstance(text, nodes.TemplateData) or text.data.strip():
                line = text.lineno + _blank_lines(text)
                what = "this stands outside of every block, so nobody will see it"
                yield Problem(page.root.source.place(line), what, "put it into {% block body %}", "warning")
                return


def _fills_blocks(page: Page) -> bool:
    own = [one.name for one in page.root.body.find_all(nodes.Block)]
    return not page.is_wrapped or "body" in own


def _blank_lines(text: nodes.Node) -> int:
    data = text.data if isinstance(text, nodes.TemplateData) else ""
    return data[: len(data) - len(data.lstrip())].count("\n")


def _blocks(page: Page) -> Iterator[Problem]:
    """A block that no layout has is never shown."""
    if not _fills_blocks(page) or page.missing:
        return
    layouts = [file for file in page.files.values() if file is not page.root]
    known = {block.name for file in layouts for block in file.body.find_all(nodes.Block)} | {"text"}
    for block in page.root.body.body:
        if isinstance(block, nodes.Block) and block.name not in known:
            place = page.root.source.place(block.lineno, block.name)
            what = f"the layout has no block {block.name!r}, so nobody will see it"
            yield Problem(place, what, did_you_mean(block.name, known))


def _subject(page: Page, about: About) -> Iterator[Problem]:
    subject = page.root.lines[0] if page.root.lines else None
    place = page.root.subject
    if subject is None or place is None:
        return
    try:
        longest = len(" ".join(Estimate(page, about.given(page)).whole([subject]).text.split()))
    except TooMuch:
        return
    if longest > LONG_SUBJECT:
        what = f"the subject can be {longest} letters long; an inbox shows some 60 of them"
        yield Problem(place, what, "say the rest in the letter", "warning")
    if _can_be_empty(subject):
        what = "the subject can be empty, and then nothing is sent"
        yield Problem(place, what, "put fixed words into it, or a default", "warning")


def _can_be_empty(subject: nodes.Template) -> bool:
    """Whether nothing stands in it but values whose default is the empty text."""
    parts = [one for node in subject.body for one in getattr(node, "nodes", [node])]
    return bool(parts) and all(_is_blank(one) for one in parts)


def _is_blank(part: nodes.Node) -> bool:
    if isinstance(part, nodes.TemplateData):
        return not part.data.strip()
    if isinstance(part, nodes.If):
        return not part.else_
    if not isinstance(part, nodes.Filter) or part.name not in ("default", "d"):
        return False
    return not part.args or (isinstance(part.args[0], nodes.Const) and not str(part.args[0].value).strip())


def _preheader(page: Page) -> Iterator[Problem]:
    if len(page.root.lines) < 2 or page.root.preheader is None:
        return
    if not any(("message", "preheader") in set(_used(file)) for file in page.files.values()):
        hint = "write {{ message.preheader }} into the layout, or take the line away"
        yield Problem(page.root.preheader, "the layout does not show this preheader", hint, "warning")


def _size(page: Page, about: About) -> Iterator[Problem]:
    try:
        html = Estimate(page, about.given(page)).whole(chain(page)).text
    except TooMuch:
        return
    size = len(html.encode())
    if size > CLIPPED:
        what = f"the letter can be {size // 1024} KB of HTML; Gmail cuts it off at 102 KB"
        hint = "shorten it: what is cut off first is the link to leave"
        yield Problem(Place(shown(page.path)), what, hint, "warning")


def chain(page: Page) -> list[nodes.Template]:
    """The template and what it extends, with the styles written into their tags."""
    paths = _paths(page)
    texts = {path: page.library.text(path) or "" for path in page.files}
    texts[page.path] = body_of(texts[page.path])
    trees = [parse(text) for text in _styled(texts, paths, page).values()]
    root = trees[0]
    root.body = [node for node in root.body if not (isinstance(node, nodes.Block) and node.name == "text")]
    if page.is_wrapped and not _fills_blocks(page):
        root.body = [nodes.Block("body", root.body, False, False, lineno=1)]
    return trees


def _styled(texts: dict[str, str], paths: list[str], page: Page) -> dict[str, str]:
    if sum(texts[path].count("<") for path in paths) > _MANY_TAGS:
        return {path: texts[path] for path in paths}
    styled = inline(texts, paths, page.is_wrapped)
    return {path: styled[path] for path in paths}


def _paths(page: Page) -> list[str]:
    paths, file = [page.path], page.root
    if page.is_wrapped:
        return [page.path, EMAIL_LAYOUT] if EMAIL_LAYOUT in page.files else paths
    while (above := page.above(file)) is not None and above.path not in paths:
        paths.append(above.path)
        file = above
    return paths
