"""Which other files a template names: what it extends, imports and includes."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from engine.compose.front_matter import body_of

if TYPE_CHECKING:  # Jinja is slow to import, and many commands ask only which templates there are
    from jinja2 import nodes

MAX_DEPTH = 100


@cache
def _parser() -> Any:
    """It only ever parses: nothing is compiled or run in this process."""
    from jinja2 import Environment

    return Environment(optimized=False)


def parse(source: str) -> nodes.Template:
    """The syntax tree. Raises TemplateSyntaxError, also for what is nested too deeply to be read."""
    from jinja2 import TemplateSyntaxError, nodes

    try:
        tree = _parser().parse(source)
    except RecursionError:
        raise TemplateSyntaxError("this is nested too deeply", 1) from None
    except ValueError:
        raise TemplateSyntaxError("a number in here has too many digits", 1) from None
    assert isinstance(tree, nodes.Template)
    _measure(tree)
    return tree


def _measure(tree: nodes.Template) -> None:
    """Refuses what nobody writes by hand: a long chain of values is a deep tree, and trees are walked."""
    from jinja2 import TemplateSyntaxError

    level, depth = list(tree.body), 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise TemplateSyntaxError("this is nested too deeply", level[0].lineno)
        level = [child for node in level for child in node.iter_child_nodes()]


@lru_cache(maxsize=512)
def references(text: str) -> tuple[str, ...]:
    """The files that the text names in quotes; nothing when it does not parse."""
    from jinja2 import TemplateSyntaxError, nodes

    try:
        tree = parse(body_of(text))
    except TemplateSyntaxError:
        return ()
    named: list[str] = []
    for node in tree.find_all((nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)):
        named += names(node)
    return tuple(dict.fromkeys(named))


def names(node: nodes.Node) -> list[str]:
    """The names that one tag gives as plain text."""
    from jinja2 import nodes

    target = getattr(node, "template", None)
    given = target.items if isinstance(target, nodes.List | nodes.Tuple) else [target]
    return [one.value for one in given if isinstance(one, nodes.Const) and isinstance(one.value, str)]
