"""A template with all that it extends, imports and includes, parsed but never compiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes

from engine.compose import front_matter
from engine.compose.library import EMAIL_LAYOUT, Library, inside
from engine.compose.references import names, parse
from engine.compose.source_text import Source
from engine.compose.syntax import told
from engine.errors import Place, Problem, Problems
from engine.text import nearest

_NAMING = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)


@dataclass(frozen=True)
class Parsed:
    """One file's syntax trees: its body, and for an email the texts of its front matter."""

    path: str
    source: Source
    body: nodes.Template
    lines: tuple[nodes.Template, ...] = ()
    subject: Place | None = None
    preheader: Place | None = None

    @property
    def trees(self) -> tuple[nodes.Template, ...]:
        return (self.body, *self.lines)


class Page:
    """The template's files by path, the template first, and what could not be found.

    Raises Problems when a file does not parse, or its front matter is wrong.
    """

    def __init__(self, library: Library, path: str) -> None:
        self.library, self.path = library, path
        self.files: dict[str, Parsed] = {}
        self.missing: list[Problem] = []
        #: Files that are imported, `alone` or with the `context` of the importer.
        self.imported: dict[str, str] = {}
        self._follow(path, Place(shown(path)))
        self.is_wrapped = self.root.body.find(nodes.Extends) is None
        if path.endswith(".email.j2") and self.is_wrapped:
            self._follow(EMAIL_LAYOUT, Place(shown(path)))

    @property
    def root(self) -> Parsed:
        return self.files[self.path]

    @property
    def is_blank(self) -> bool:
        """Whether the template writes nothing at all."""
        return not any(_writes(node) for node in self.root.body.body)

    @property
    def layout(self) -> Parsed:
        """The outermost file: what the template is wrapped in, or extends in the end."""
        found = self.files.get(EMAIL_LAYOUT, self.root) if self.is_wrapped else self.root
        seen = {found.path}
        while (above := self.above(found)) is not None and above.path not in seen:
            found = above
            seen.add(found.path)
        return found

    def above(self, file: Parsed) -> Parsed | None:
        """What the file extends, if it does and the file is there."""
        extends = file.body.find(nodes.Extends)
        given = [path for path in names(extends) if path in self.files] if extends is not None else []
        return self.files[given[0]] if given else None

    def _follow(self, path: str, place: Place, optional: bool = False) -> None:
        if path in self.files:
            return
        text = self.library.text(path)
        if text is not None:
            self.files[path] = parsed = _parsed(path, text, path == self.path)
            self._name(parsed)
        elif not optional:
            near = nearest(path, self.library.paths) if inside(path) else None
            hint = f"did you mean {near!r}?" if near else "only files of that folder can be used"
            self.missing.append(Problem(place, f"there is no file {path!r} in templates/", hint))

    def _name(self, parsed: Parsed) -> None:
        for node in parsed.body.find_all(_NAMING):
            given = names(node)
            if not given:
                place = parsed.source.place(node.lineno)
                self.missing.append(Problem(place, "the file's name must be written out, in quotes"))
            optional = isinstance(node, nodes.Include) and (node.ignore_missing or len(given) > 1)
            for path in given:
                if path == parsed.path:
                    what = "this file brings in itself, without end"
                    self.missing.append(Problem(parsed.source.place(node.lineno, path), what, "name another"))
                if isinstance(node, nodes.FromImport | nodes.Import):
                    seen = "context" if node.with_context else self.imported.get(path, "alone")
                    self.imported[path] = seen
                self._follow(path, parsed.source.place(node.lineno, path), optional)


def _writes(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Output):
        return any(not isinstance(one, nodes.TemplateData) or one.data.strip() for one in node.nodes)
    return not isinstance(node, nodes.Assign | nodes.FromImport | nodes.Import | nodes.Macro)


def shown(path: str) -> str:
    """How problems call a file."""
    return f"templates/{path}"


def _parsed(path: str, text: str, is_root: bool) -> Parsed:
    source = Source(shown(path), text)
    if not (is_root and path.endswith(".email.j2")):
        return Parsed(path, source, _parse(text, source))
    email = front_matter.read(text, shown(path))
    places = [
        Place(source.file, one.line, one.column) if one else None for one in (email.subject, email.preheader)
    ]
    return Parsed(path, source, _parse(email.body, source), tuple(_lines(email, source)), *places)


def _lines(email: front_matter.Email, source: Source) -> Iterator[nodes.Template]:
    for written in (email.subject, email.preheader):
        if written is not None:
            yield _parse("\n" * (written.line - 1) + written.text, source)


def _parse(text: str, source: Source) -> nodes.Template:
    try:
        return parse(text)
    except TemplateSyntaxError as error:
        raise Problems([told(error, source)]) from None
