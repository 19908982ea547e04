"""Whether what a template uses exists: variables and their fields, filters, tests, parts and blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from jinja2 import nodes

from engine.compose import kinds, usage
from engine.compose.filters import FILTERS, KEPT
from engine.compose.kinds import Module, Scope
from engine.compose.known import NAMES, OPTIONAL, TESTS
from engine.compose.page import Page, Parsed
from engine.compose.scopes import Find, Use, field_of, made_on_top, path_of, uses
from engine.compose.source_text import Source
from engine.errors import Problem
from engine.text import did_you_mean, nearest

_GONE = {
    "namespace": "loops cannot collect values; let the shop prepare them as an attribute",
    "cycler": "write {{ loop.cycle('a', 'b') }}",
    "joiner": "write {{ ', ' if not loop.last }}",
    "lipsum": "write the text yourself",
    "dict": "write {'key': value}",
}
_USUAL = ("default", "date", "money", "number", "upper", "length", "join")
#: A list of names is shown whole up to so many.
_MANY = 20
_MADE_BY: dict[type[nodes.Node], str] = {
    nodes.For: "for",
    nodes.With: "with",
    nodes.Macro: "macro",
    nodes.Block: "block",
}


def unknown(page: Page) -> Iterator[Problem]:
    """Every name on the page that nobody gives, with the nearest one that there is."""
    for file in page.files.values():
        scope, find = _begins_with(page, file), finder(page)
        for use in uses(file.body, scope, find):
            yield from _of_use(use, file, file.body)
        for line in file.lines:
            for use in uses(line, kinds.names(), find):
                yield from _of_use(use, file, line)
        for tree in file.trees:
            yield from _filters(tree, file.source)


def finder(page: Page) -> Find:
    """What an import brings, by the path that it names."""

    def find(path: str) -> Module | None:
        file = page.files.get(path)
        if file is None:
            return None
        return Module(path, made_on_top(file.body, kinds.names(), lambda other: None))

    return find


def _begins_with(page: Page, file: Parsed) -> Scope:
    """A layout sees what the template makes on top; an included file all that holds where it stands."""
    scope = kinds.names()
    if file is page.root:
        return scope
    if file.path in page.imported:
        return {} if page.imported[file.path] == "alone" else scope
    others = (other for other in page.files.values() if other is not file)
    return {**dict.fromkeys((name for other in others for name in made_in(other.body)), ""), **scope}


def made_in(tree: nodes.Node) -> dict[str, nodes.Node]:
    """Every name that the file makes anywhere, with the place that makes it."""
    made: dict[str, nodes.Node] = {}
    for node in tree.find_all((nodes.For, nodes.With, nodes.Macro, nodes.Assign, nodes.AssignBlock)):
        targets = {nodes.For: "target", nodes.Assign: "target", nodes.AssignBlock: "target"}
        inner = [getattr(node, targets[type(node)])] if type(node) in targets else _arguments(node)
        for target in inner:
            names = [target] if isinstance(target, nodes.Name) else list(target.find_all(nodes.Name))
            made |= {name.name: node for name in names if name.name not in made}
        if isinstance(node, nodes.Macro):
            made.setdefault(node.name, node)
    for bringing in tree.find_all((nodes.FromImport, nodes.Import)):
        made |= dict.fromkeys(_brought(bringing), bringing)
    return made


def _arguments(node: nodes.Node) -> list[nodes.Name]:
    return list(node.args if isinstance(node, nodes.Macro) else getattr(node, "targets", []))


def _brought(node: nodes.Node) -> list[str]:
    if isinstance(node, nodes.Import):
        return [node.target]
    given = node.names if isinstance(node, nodes.FromImport) else []
    return [one[1] if isinstance(one, tuple) else one for one in given]


def fields(tree: nodes.Node) -> Iterator[tuple[str, str, nodes.Node]]:
    """Every `name.field` or `name['field']`, with its node."""
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        path = path_of(node)
        if path:
            yield (*path, node)


def _of_use(use: Use, file: Parsed, tree: nodes.Template) -> Iterator[Problem]:
    if use.how == "name" and use.kind is None and isinstance(use.node, nodes.Name):
        yield _unknown_name(use.node, file, tree)
    elif use.how == "field" and use.kind is not None:
        lacking = kinds.lacks(use.kind, field_of(use.node))
        if lacking:
            called, known = lacking
            path = path_of(use.node.node) if isinstance(use.node, nodes.Getattr | nodes.Getitem) else None
            called = f"{'.'.join(path)} is {called} and" if path and called.startswith("a ") else called
            place = file.source.place(use.node.lineno, field_of(use.node))
            yield Problem(place, f"{called} has no {field_of(use.node)!r}", _nearest_field(use, known))
    elif use.how == "import" and isinstance(use.kind, Module) and isinstance(use.node, nodes.FromImport):
        for one in use.node.names:
            name = one[0] if isinstance(one, tuple) else one
            if name not in use.kind.names:
                place, hint = file.source.place(use.node.lineno, name), did_you_mean(name, use.kind.names)
                yield Problem(place, f"{use.kind.path!r} has no part {name!r}", hint)
    yield from usage.misused(use, file.source)


def _nearest_field(use: Use, known: Sequence[str]) -> str:
    """The field that was probably meant; all of them only where they are not legion."""
    near = nearest(field_of(use.node), known)
    return did_you_mean(near or field_of(use.node), known) if near or len(known) <= _MANY else ""


def _unknown_name(node: nodes.Name, file: Parsed, tree: nodes.Template) -> Problem:
    place, made = file.source.place(node.lineno, node.name), made_in(file.body)
    if node.name in made:
        return Problem(place, f"{node.name!r} is not known here", _where(made[node.name], tree, file))
    owners = [name for name, known in kinds.RECORDS.items() if node.name in known]
    hint = _GONE.get(node.name) or (f"write {owners[0]}.{node.name}" if owners else "")
    if not hint and node.name in NAMES:
        hint = f"an imported part sees nothing: hand {node.name} over to it, or import it `with context`"
    return Problem(place, f"unknown name {node.name!r}", hint or did_you_mean(node.name, {*NAMES, *made}))


def _where(maker: nodes.Node, tree: nodes.Template, file: Parsed) -> str:
    if tree is not file.body:
        return (
            f"it is made in the letter, on line {maker.lineno}; the subject and the preheader do not see it"
        )
    tag = _MADE_BY.get(type(maker))
    if tag:
        return f"it holds only within its {{% {tag} %}} on line {maker.lineno}"
    return f"it is made on line {maker.lineno}, and holds from there to the end of that block or loop"


def _filters(tree: nodes.Node, source: Source) -> Iterator[Problem]:
    for node in tree.find_all(nodes.Filter):
        if node.name not in FILTERS and node.name not in KEPT:
            near = nearest(node.name, [*FILTERS, *KEPT])
            hint = f"did you mean {near!r}?" if near else f"the usual ones: {', '.join(_USUAL)}"
            yield Problem(source.place(node.lineno, node.name), f"unknown filter {node.name!r}", hint)
    for test in tree.find_all(nodes.Test):
        if test.name not in TESTS:
            hint = did_you_mean(test.name, TESTS)
            yield Problem(source.place(test.lineno, test.name), f"unknown test {test.name!r}", hint)


def unguarded(file: Parsed, shares: Mapping[str, str]) -> Iterator[Problem]:
    """Fields that not every customer has, used without saying what stands in their place.

    `shares` says, where that is known, what part of the audience lacks a field.
    """
    safe = set(_guarded(file.trees))
    for tree in file.trees:
        own = made_in(tree)
        for name, field, node in fields(tree):
            full = f"{name}.{field}"
            if full in OPTIONAL and name not in own and (name, field) not in safe and shares.get(full, "x"):
                lacking = shares.get(full)
                what = f"customers without {full} will not get this message"
                hint = f"write {full} | default('...'), or ask {{% if {full} is defined %}}"
                told = f"{lacking}: {what}" if lacking else what
                yield Problem(file.source.place(node.lineno, field), told, hint, "warning")


def _guarded(trees: Iterable[nodes.Node]) -> Iterator[tuple[str, str]]:
    """Fields that the file asks about anywhere, or gives a default for."""
    for tree in trees:
        for node in tree.find_all((nodes.Test, nodes.Filter)):
            asks = isinstance(node, nodes.Test) and node.name in ("defined", "undefined")
            gives = isinstance(node, nodes.Filter) and node.name in ("default", "d")
            path = path_of(node.node) if (asks or gives) and node.node is not None else None
            if path:
                yield path
