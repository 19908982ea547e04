"""Whether the names that a template uses exist: variables and their fields, filters, tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jinja2 import nodes

from engine.compose.filters import FILTERS, KEPT
from engine.compose.known import METHODS, NAMES, OPTIONAL, SPECIAL, TESTS
from engine.compose.page import Parsed
from engine.compose.syntax import Source
from engine.errors import Problem
from engine.text import did_you_mean

_GONE = {
    "namespace": "loops cannot collect values; let the shop prepare them as an attribute",
    "cycler": "write {{ loop.cycle('a', 'b') }}",
    "joiner": "write {{ ', ' if not loop.last }}",
    "lipsum": "write the text yourself",
    "dict": "write {'key': value}",
}


def unknown(file: Parsed) -> Iterator[Problem]:
    """Every name in the file that nobody gives, with the nearest one that there is."""
    own = set().union(*(_own(tree) for tree in file.trees))
    for tree in file.trees:
        yield from _names(tree, own, file.source)
        yield from _fields(tree, own, file.source)
        yield from _filters(tree, file.source)


def fields(tree: nodes.Node) -> Iterator[tuple[str, str, nodes.Node]]:
    """Every `name.field` or `name['field']`, with its node."""
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        path = _path(node)
        if path:
            yield (*path, node)


def _path(node: nodes.Node) -> tuple[str, str] | None:
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return node.node.name, node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name):
        key = node.arg.value if isinstance(node.arg, nodes.Const) else None
        return (node.node.name, key) if isinstance(key, str) else None
    return None


def _own(tree: nodes.Node) -> set[str]:
    """Names that the template makes itself. Where they hold is not asked: better to miss a fault than to
    find one that is none."""
    made = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
    made |= {node.name for node in tree.find_all(nodes.Macro)}
    made |= {node.target for node in tree.find_all(nodes.Import)}
    for node in tree.find_all(nodes.FromImport):
        made |= {one[1] if isinstance(one, tuple) else one for one in node.names}
    return made


def _names(tree: nodes.Node, own: set[str], source: Source) -> Iterator[Problem]:
    for node in tree.find_all(nodes.Name):
        if (
            node.ctx == "load"
            and node.name not in own
            and node.name not in NAMES
            and node.name not in SPECIAL
        ):
            hint = _GONE.get(node.name) or did_you_mean(node.name, {*NAMES, *own})
            yield Problem(source.place(node.lineno, node.name), f"unknown name {node.name!r}", hint)


def _fields(tree: nodes.Node, own: set[str], source: Source) -> Iterator[Problem]:
    for name, field, node in fields(tree):
        known = NAMES.get(name)
        if known is not None and name not in own and field not in known and field not in METHODS:
            hint = did_you_mean(field, known)
            yield Problem(source.place(node.lineno, field), f"{name} has no {field!r}", hint)


def _filters(tree: nodes.Node, source: Source) -> Iterator[Problem]:
    for node in tree.find_all(nodes.Filter):
        if node.name not in FILTERS and node.name not in KEPT:
            hint = did_you_mean(node.name, [*FILTERS, *KEPT])
            yield Problem(source.place(node.lineno, node.name), f"unknown filter {node.name!r}", hint)
    for test in tree.find_all(nodes.Test):
        if test.name not in TESTS:
            hint = did_you_mean(test.name, TESTS)
            yield Problem(source.place(test.lineno, test.name), f"unknown test {test.name!r}", hint)


def unguarded(file: Parsed) -> Iterator[Problem]:
    """Fields that not every customer has, used without saying what stands in their place."""
    own = set().union(*(_own(tree) for tree in file.trees))
    safe = set(_guarded(file.trees))
    for tree in file.trees:
        for name, field, node in fields(tree):
            if f"{name}.{field}" in OPTIONAL and name not in own and (name, field) not in safe:
                what = f"customers without {name}.{field} will not get this message"
                hint = f"write {name}.{field} | default('...'), or ask {{% if {name}.{field} is defined %}}"
                yield Problem(file.source.place(node.lineno, field), what, hint, "warning")


def _guarded(trees: Iterable[nodes.Node]) -> Iterator[tuple[str, str]]:
    """Fields that the file asks about anywhere, or gives a default for."""
    for tree in trees:
        for node in tree.find_all((nodes.Test, nodes.Filter)):
            asks = isinstance(node, nodes.Test) and node.name in ("defined", "undefined")
            gives = isinstance(node, nodes.Filter) and node.name in ("default", "d")
            path = _path(node.node) if (asks or gives) and node.node is not None else None
            if path:
                yield path
