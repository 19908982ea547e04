"""A walk through a template that knows, at every name, which names hold there and what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from jinja2 import nodes

from engine.compose import kinds
from engine.compose.kinds import Kind, Macro, Module, Scope
from engine.compose.known import SPECIAL

Find = Callable[[str], Module | None]


@dataclass(frozen=True)
class Use:
    """A place where something is used: `how` says as what.

    `name`: a variable (`kind` None when nobody gives it); `field`: asked of a thing of that kind;
    `filter`: given a thing of that kind; `call`: that part is called; `shown`: such a thing is written out.
    """

    how: str
    node: nodes.Node
    kind: Kind | None = None


def uses(tree: nodes.Template, scope: Scope, find: Find) -> Iterator[Use]:
    """Every use in the file, in order. `scope` are the names that it begins with."""
    yield from _Walk(scope, made_on_top(tree, scope, find), find).body(tree.body, dict(scope))


def made_on_top(tree: nodes.Template, scope: Scope, find: Find) -> Scope:
    """What the file itself makes outside of blocks and loops: its blocks, parts and importers see it."""
    found, walk = dict(scope), _Walk(scope, {}, find)
    for node in _on_top(tree.body):
        for _ in walk.one(node, found):
            pass
    return {name: kind for name, kind in found.items() if scope.get(name) != kind}


def _on_top(body: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    for node in body:
        if isinstance(node, _MAKING):
            yield node
        elif isinstance(node, nodes.If):
            yield from _on_top([*node.body, *node.elif_, *node.else_])


def path_of(node: nodes.Node) -> tuple[str, str] | None:
    """`name` and `field` of `name.field` and of `name['field']`."""
    base, field = (node.node, field_of(node)) if isinstance(node, nodes.Getattr | nodes.Getitem) else (0, "")
    return (base.name, field) if isinstance(base, nodes.Name) and field else None


def field_of(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    key = node.arg if isinstance(node, nodes.Getitem) else None
    return key.value if isinstance(key, nodes.Const) and isinstance(key.value, str) else ""


def kind_of(node: nodes.Node | None, scope: Scope) -> Kind:
    """What the expression is, as far as it can be seen."""
    if isinstance(node, nodes.Name):
        return scope.get(node.name, "")
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        base, field = kind_of(node.node, scope), field_of(node)
        if field:
            return kinds.of_field(base, field)
        is_slice = isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice)
        return ("slice" if base == "instant" else base) if is_slice else kinds.of_item(base)
    if isinstance(node, nodes.Filter):
        return kinds.filtered(kind_of(node.node, scope), node.name)
    if isinstance(node, nodes.CondExpr):
        one, other = kind_of(node.expr1, scope), kind_of(node.expr2, scope)
        return one if one == other else ""
    if isinstance(node, nodes.Const):
        number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        return "number" if number else "text" if isinstance(node.value, str) else ""
    return "text" if isinstance(node, nodes.Concat) else ""


def macro_of(node: nodes.Macro) -> Macro:
    takes = tuple(one.name for one in node.args)
    needs = takes[: len(takes) - len(node.defaults)]
    asked = {one.name for one in node.find_all(nodes.Name)}
    asking = (one for one in node.find_all((nodes.Test, nodes.Filter)) if one.name in _ASKING)
    spared = {one.node.name for one in asking if isinstance(one.node, nodes.Name)}
    needs = tuple(name for name in needs if name not in spared)
    return Macro(node.name, takes, needs, bool(asked & {"varargs", "kwargs"}))


#: What asks for a name that may be missing.
_ASKING = frozenset({"defined", "undefined", "default", "d"})
_MAKING = (nodes.Assign, nodes.AssignBlock, nodes.FromImport, nodes.Import, nodes.Macro)


class _Walk:
    def __init__(self, base: Scope, top: Scope, find: Find) -> None:
        self.base, self.top, self.find = base, top, find

    def body(self, body: Iterable[nodes.Node], scope: Scope) -> Iterator[Use]:
        for node in body:
            yield from self.one(node, scope)

    def one(self, node: nodes.Node, scope: Scope) -> Iterator[Use]:
        """The node's uses; what it makes is put into the scope."""
        visit = getattr(self, f"_{type(node).__name__.lower()}", self._other)
        yield from visit(node, scope)

    def _other(self, node: nodes.Node, scope: Scope) -> Iterator[Use]:
        yield from self.body(node.iter_child_nodes(), scope)

    def _name(self, node: nodes.Name, scope: Scope) -> Iterator[Use]:
        if node.ctx == "load":
            is_known = node.name in scope or node.name in SPECIAL
            yield Use("name", node, scope.get(node.name, "") if is_known else None)

    def _getattr(self, node: nodes.Getattr | nodes.Getitem, scope: Scope) -> Iterator[Use]:
        yield from self._other(node, scope)
        if field_of(node):
            yield Use("field", node, kind_of(node.node, scope))

    _getitem = _getattr

    def _filter(self, node: nodes.Filter, scope: Scope) -> Iterator[Use]:
        yield from self._other(node, scope)
        yield Use("filter", node, kind_of(node.node, scope))

    def _call(self, node: nodes.Call, scope: Scope) -> Iterator[Use]:
        yield from self._other(node, scope)
        yield Use("call", node, kind_of(node.node, scope))

    def _output(self, node: nodes.Output, scope: Scope) -> Iterator[Use]:
        for one in node.nodes:
            if not isinstance(one, nodes.TemplateData):
                yield from self.one(one, scope)
                yield Use("shown", one, kind_of(one, scope))

    def _block(self, node: nodes.Block, scope: Scope) -> Iterator[Use]:
        inner = dict(scope) if node.scoped else {**self.base, **self.top}
        yield from self.body(node.body, inner)

    def _for(self, node: nodes.For, scope: Scope) -> Iterator[Use]:
        yield from self.one(node.iter, scope)
        inner: Scope = {**scope, "loop": "loop"}
        _bind(node.target, kinds.of_item(kind_of(node.iter, scope)), inner)
        if node.test is not None:
            yield from self.one(node.test, inner)
        yield from self.body(node.body, inner)
        yield from self.body(node.else_, dict(scope))

    def _with(self, node: nodes.With, scope: Scope) -> Iterator[Use]:
        inner = dict(scope)
        for target, value in zip(node.targets, node.values, strict=True):
            yield from self.one(value, scope)
            _bind(target, kind_of(value, scope), inner)
        yield from self.body(node.body, inner)

    def _assign(self, node: nodes.Assign, scope: Scope) -> Iterator[Use]:
        yield from self.one(node.node, scope)
        _bind(node.target, kind_of(node.node, scope), scope)

    def _assignblock(self, node: nodes.AssignBlock, scope: Scope) -> Iterator[Use]:
        yield from self.body(node.body, dict(scope))
        _bind(node.target, "text", scope)

    def _macro(self, node: nodes.Macro, scope: Scope) -> Iterator[Use]:
        scope[node.name] = macro_of(node)
        yield from self._called(node, {**scope, **self.top})

    def _callblock(self, node: nodes.CallBlock, scope: Scope) -> Iterator[Use]:
        yield from self.one(node.call, scope)
        yield from self._called(node, dict(scope))

    def _called(self, node: nodes.Macro | nodes.CallBlock, inner: Scope) -> Iterator[Use]:
        for default in node.defaults:
            yield from self.one(default, inner)
        for one in node.args:
            inner[one.name] = ""
        yield from self.body(node.body, inner)

    def _filterblock(self, node: nodes.FilterBlock, scope: Scope) -> Iterator[Use]:
        yield Use("filter", node.filter, "text")
        yield from self.body(node.body, dict(scope))

    def _import(self, node: nodes.Import, scope: Scope) -> Iterator[Use]:
        scope[node.target] = self._module(node) or ""
        yield from ()

    def _fromimport(self, node: nodes.FromImport, scope: Scope) -> Iterator[Use]:
        module = self._module(node)
        for one in node.names:
            name, alias = one if isinstance(one, tuple) else (one, one)
            scope[alias] = module.names.get(name, "") if module else ""
        yield Use("import", node, module)

    def _module(self, node: nodes.Import | nodes.FromImport) -> Module | None:
        named = node.template
        return self.find(named.value) if isinstance(named, nodes.Const) else None


def _bind(target: nodes.Node, kind: Kind, scope: Scope) -> None:
    if isinstance(target, nodes.Name):
        scope[target.name] = kind
    elif isinstance(target, nodes.Tuple):
        for one in target.items:
            _bind(one, "", scope)
