"""A template made ready: parsed, styled and compiled once, rendered many times. Runs only in a child."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Template, TemplateNotFound, nodes
from jinja2.runtime import Context

from engine.compose import sms
from engine.compose.environment import Fenced, environment
from engine.text import single_line

EMAIL_LAYOUT, TEXT_LAYOUT = "layouts/email.j2", "layouts/text.j2"
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_PRELUDE = (nodes.Assign, nodes.AssignBlock, nodes.FromImport, nodes.Import, nodes.Macro)


@dataclass(frozen=True, slots=True)
class Source:
    """A template as it goes over to a child: its path, the texts of its files, an email's front matter.

    `subject` and `preheader` come with the line of the file on which they stand.
    """

    path: str
    channel: str
    files: dict[str, str]
    subject: tuple[str, int] = ("", 1)
    preheader: tuple[str, int] | None = None


class Sms:
    """The text of an SMS, its opt-out line included."""

    def __init__(self, source: Source) -> None:
        fence = environment(source.files, autoescape=False)
        self._text = fence.get_template(source.path)

    def render(self, context: Mapping[str, Any]) -> dict[str, str]:
        text = _output(self._text, context)
        line = context.get("message", {}).get("opt_out_line", "")
        return {"text": sms.with_opt_out(text, line) if text.strip() else ""}


class Email:
    """The subject, the HTML part and the text part."""

    def __init__(self, source: Source) -> None:
        body = source.files[source.path]
        plain = environment(source.files, autoescape=False)
        text_block = _text_block(plain.parse(body, source.path, source.path))
        self._subject = _line(plain, source.subject, source.path)
        self._preheader = _line(plain, source.preheader, source.path) if source.preheader else None
        self._html = _html(source)
        self._text = _text(plain, source.path, text_block)
        self._has_text_block = text_block is not None

    def render(self, context: Mapping[str, Any]) -> dict[str, str]:
        message = dict(context.get("message", ()))
        names = {**context, "message": message}
        subject = message["subject"] = _one_line(_output(self._subject, names))
        if self._preheader:
            message["preheader"] = _one_line(_output(self._preheader, names))
        page = self._html.new_context(names)
        html = "".join(self._html.root_render_func(page))
        if not self._has_text_block:
            names["body"] = _derived(page, html)
        text = _output(self._text, names)
        made = {"subject": subject, "html": html.strip() + "\n", "text": _spaced(text)}
        return made | {"preheader": message.get("preheader", "")}


def compiled(source: Source) -> Sms | Email:
    """The template, ready to render. Raises TemplateError when it does not parse or compile."""
    return Email(source) if source.channel == "email" else Sms(source)


def _output(template: Template, names: Mapping[str, Any]) -> str:
    return "".join(template.root_render_func(template.new_context(dict(names))))


def _one_line(text: str) -> str:
    """What may stand in a header: no line breaks, no other controls."""
    return single_line(" ".join(text.split()))


def _spaced(text: str) -> str:
    """At most one empty line in a row: lines that held only a statement leave theirs behind."""
    text = text.strip() + "\n"
    return _EMPTY_LINES.sub("\n\n", text) if "\n\n\n" in text or "\n \n" in text else text


def _line(plain: Fenced, written: tuple[str, int], path: str) -> Template:
    text, line = written
    return _compile(plain, plain.parse("\n" * (line - 1) + text, path, path), path)


def _compile(fence: Fenced, tree: nodes.Template, path: str) -> Template:
    tree.set_environment(fence)
    code = fence.compile(tree, path, path)
    return Template.from_code(fence, code, fence.make_globals(None))


def _text_block(tree: nodes.Template) -> tuple[nodes.Block, list[nodes.Node]] | None:
    """The template's own text part, and what stands above it that it may use."""
    block = next((one for one in tree.find_all(nodes.Block) if one.name == "text"), None)
    return (block, [node for node in tree.body if isinstance(node, _PRELUDE)]) if block else None


def _text(plain: Fenced, path: str, block: tuple[nodes.Block, list[nodes.Node]] | None) -> Template:
    """The text part: the layout for texts around the template's own block, or around `body`."""
    if not block:
        return plain.get_template(TEXT_LAYOUT)
    around = nodes.Extends(nodes.Const(TEXT_LAYOUT, lineno=1), lineno=1)
    tree = nodes.Template([around, *block[1], block[0]], lineno=1)
    return _compile(plain, tree, path)


def _html(source: Source) -> Template:
    """The page: in a layout of its own, or in the common one."""
    from engine.compose.css import inline

    plain, path = environment(source.files, autoescape=True), source.path
    parent = _parent(plain, source.files, path)
    is_wrapped = parent is None
    if parent is None:
        if EMAIL_LAYOUT not in source.files:
            raise TemplateNotFound(EMAIL_LAYOUT)
        parent = EMAIL_LAYOUT
    chain = [path]
    while parent and parent in source.files and parent not in chain:
        chain.append(parent)
        parent = _parent(plain, source.files, parent)
    files = inline(source.files, chain, is_wrapped)
    tree = plain.parse(files[path], path, path)
    _without_text_block(tree)
    if is_wrapped:
        tree.body = _wrapped(tree)
    return _compile(environment(files, autoescape=True), tree, path)


def _wrapped(tree: nodes.Template) -> list[nodes.Node]:
    """In the common layout: all of it as the block `body`, unless there is a block of that name in it."""
    around = nodes.Extends(nodes.Const(EMAIL_LAYOUT, lineno=1), lineno=1)
    if any(block.name == "body" for block in tree.find_all(nodes.Block)):
        return [around, *tree.body]
    return [around, nodes.Block("body", tree.body, False, False, lineno=1)]


def _parent(fence: Fenced, files: Mapping[str, str], path: str) -> str | None:
    """What a file extends, where that is written out."""
    found = fence.parse(files[path], path, path).find(nodes.Extends)
    if found is None:
        return None
    return found.template.value if isinstance(found.template, nodes.Const) else ""


def _without_text_block(tree: nodes.Node) -> None:
    for node in (tree, *tree.find_all(nodes.Node)):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [one for one in body if not (isinstance(one, nodes.Block) and one.name == "text")]


def _derived(page: Context, html: str) -> str:
    """The letter as plain text, made from its HTML; from the body alone where the layout has one."""
    from engine.compose.plain import plain_text

    body = page.blocks.get("body")
    return plain_text("".join(body[0](page)) if body else html)
