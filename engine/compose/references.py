"""Which other files a template names: what it extends, imports and includes."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from engine.compose.front_matter import body_of

_PARSER = Environment(optimized=False)  # it only ever parses: nothing is compiled or run in this process
_NAMING = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)


def parse(source: str) -> nodes.Template:
    """The syntax tree. Raises TemplateSyntaxError, also for what is nested too deeply to be read."""
    try:
        return _PARSER.parse(source)
    except RecursionError:
        raise TemplateSyntaxError("this is nested too deeply", 1) from None


@lru_cache(maxsize=512)
def references(text: str) -> tuple[str, ...]:
    """The files that the text names in quotes; nothing when it does not parse."""
    try:
        tree = parse(body_of(text))
    except TemplateSyntaxError:
        return ()
    named: list[str] = []
    for node in tree.find_all(_NAMING):
        named += names(node)
    return tuple(dict.fromkeys(named))


def names(node: nodes.Node) -> list[str]:
    """The names that one tag gives as plain text."""
    target = getattr(node, "template", None)
    given = target.items if isinstance(target, nodes.List | nodes.Tuple) else [target]
    return [one.value for one in given if isinstance(one, nodes.Const) and isinstance(one.value, str)]
