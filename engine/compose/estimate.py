"""The longest that a template can become, reckoned from its syntax tree: nothing of it is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jinja2 import nodes

from engine.compose import worst
from engine.compose.expressions import Expressions, Given, Names, TooMuch, Value, turns
from engine.compose.page import Page
from engine.compose.scopes import path_of
from engine.compose.worst import EMPTY, Worst

#: How deep parts, blocks and included files may stand in each other.
_MOST_DEEP = 12


class Estimate(Expressions):
    """Works out a page."""

    def __init__(self, page: Page, given: Given) -> None:
        super().__init__(given)
        self._page = page
        self._depth = 0
        self._blocks: dict[str, tuple[nodes.Block, ...]] = {}

    def whole(self, chain: Iterable[nodes.Template]) -> Worst:
        """The page made of a template and what it extends, the template first. Raises TooMuch."""
        *lower, root = list(chain)
        for tree in (*lower, root):
            for block in tree.find_all(nodes.Block):
                self._blocks[block.name] = (*self._blocks.get(block.name, ()), block)
        names: Names = {}
        for tree in lower:
            self.body((node for node in tree.body if not isinstance(node, nodes.Output | nodes.Block)), names)
        return self.body(root.body, names)

    def body(self, body: Iterable[nodes.Node], names: Names) -> Worst:
        """What the statements write one after the other."""
        made = EMPTY
        for node in body:
            self.step()
            visit = getattr(self, f"_{type(node).__name__.lower()}", None)
            made = made.then(visit(node, names)) if visit else made
        return made

    def called(self, part: Value, arguments: Names, names: Names) -> Worst:
        if isinstance(part, tuple):
            return self._deeper(part[0].body, {**names, "super": part[1:]}) if part else EMPTY
        body = part.body if isinstance(part, nodes.Macro | nodes.CallBlock) else []
        return self._deeper(body, {**names, **arguments})

    def _deeper(self, body: Iterable[nodes.Node], names: Names) -> Worst:
        self._depth += 1
        if self._depth > _MOST_DEEP:
            raise TooMuch
        made = self.body(body, names)
        self._depth -= 1
        return made

    def _output(self, node: nodes.Output, names: Names) -> Worst:
        made = EMPTY
        for one in node.nodes:
            made = made.then(self.value(one, names))
        return made

    def _if(self, node: nodes.If, names: Names) -> Worst:
        told = self._asks_language(node.test)
        if told is not None and not node.elif_:
            return self.body(node.body if told else node.else_, names)
        made, after = Worst(None, None), dict(names)
        for branch in (node.body, *(other.body for other in node.elif_), node.else_):
            inner = dict(names)
            made = made.either(self.body(branch, inner))
            after |= {name: _either(after.get(name), value) for name, value in inner.items()}
        names.update(after)
        return made

    def _asks_language(self, test: nodes.Node) -> bool | None:
        """The answer to `message.language == 'fa'`, the one thing that is known of every letter."""
        if not isinstance(test, nodes.Compare) or len(test.ops) != 1 or test.ops[0].op not in ("eq", "ne"):
            return None
        asked, said = test.expr, test.ops[0].expr
        if isinstance(asked, nodes.Getitem) and isinstance(asked.arg, nodes.Slice):
            asked = asked.node
        if path_of(asked) != ("message", "language") or not isinstance(said, nodes.Const):
            return None
        is_same = self._given.language[: len(str(said.value))] == str(said.value)
        return is_same == (test.ops[0].op == "eq")

    def _for(self, node: nodes.For, names: Names) -> Worst:
        inner = dict(names)
        is_listed = isinstance(node.iter, nodes.List | nodes.Tuple)
        items = [self.value(one, names) for one in node.iter.iter_child_nodes()] if is_listed else []
        item = worst.of(text for one in items for text in (one.plain, one.wide) if text is not None)
        item = item if is_listed else self.value(node.iter, names)
        for name in _targets(node.target):
            inner[name] = item
        written = self.body(node.body, inner).times(turns(node.iter))
        return written.either(self.body(node.else_, dict(names))) if node.else_ else written

    def _assign(self, node: nodes.Assign, names: Names) -> Worst:
        for name in _targets(node.target):
            is_other_name = isinstance(node.node, nodes.Name) and node.node.name not in names
            names[name] = node.node.name if is_other_name else self.value(node.node, names)  # type: ignore[attr-defined]
        return EMPTY

    def _assignblock(self, node: nodes.AssignBlock, names: Names) -> Worst:
        for name in _targets(node.target):
            names[name] = self.body(node.body, dict(names))
        return EMPTY

    def _with(self, node: nodes.With, names: Names) -> Worst:
        inner = dict(names)
        for target, value in zip(node.targets, node.values, strict=True):
            inner |= {name: self.value(value, names) for name in _targets(target)}
        return self.body(node.body, inner)

    def _macro(self, node: nodes.Macro, names: Names) -> Worst:
        names[node.name] = node
        return EMPTY

    def _fromimport(self, node: nodes.FromImport, names: Names) -> Worst:
        made = self._made_in(node)
        for one in node.names:
            name, alias = one if isinstance(one, tuple) else (one, one)
            names |= {alias: made[name]} if name in made else {}
        return EMPTY

    def _import(self, node: nodes.Import, names: Names) -> Worst:
        names.update({f"{node.target}.{name}": value for name, value in self._made_in(node).items()})
        return EMPTY

    def _made_in(self, node: nodes.FromImport | nodes.Import) -> Names:
        made: Names = {}
        self._deeper((one for one in self._file(node) if not isinstance(one, nodes.Output)), made)
        return made

    def _include(self, node: nodes.Include, names: Names) -> Worst:
        return self._deeper(self._file(node), dict(names))

    def _file(self, node: nodes.FromImport | nodes.Import | nodes.Include) -> list[nodes.Node]:
        named = node.template
        file = self._page.files.get(named.value) if isinstance(named, nodes.Const) else None
        return file.body.body if file else []

    def _block(self, node: nodes.Block, names: Names) -> Worst:
        return self.called(self._blocks.get(node.name, (node,)), {}, names)

    def _filterblock(self, node: nodes.FilterBlock, names: Names) -> Worst:
        return self.body(node.body, dict(names))

    def _callblock(self, node: nodes.CallBlock, names: Names) -> Worst:
        return self.value(node.call, {**names, "caller": node})


def _targets(target: nodes.Node) -> Iterator[str]:
    if isinstance(target, nodes.Name):
        yield target.name
    else:
        yield from (name.name for name in target.find_all(nodes.Name))


def _either(one: Value | None, other: Value) -> Value:
    return one.either(other) if isinstance(one, Worst) and isinstance(other, Worst) else other
