"""Values used as what they are not: a text as an amount, an amount as a text, a part with a value too few."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jinja2 import nodes

from engine.compose.kinds import Kind, Macro
from engine.compose.scopes import Use, path_of
from engine.compose.source_text import Source
from engine.errors import Problem
from engine.text import did_you_mean

_AMOUNT = "for example {{ order.amount | money(order.currency) }}"
_DATE = "for example {{ order.ordered_at | date }}"
#: By filter of ours: what it takes, what that is called, an example, and how many values may follow it.
_TAKES: dict[str, tuple[tuple[str, ...], str, str, int]] = {
    "date": (("instant", "text"), "a date", _DATE, 0),
    "days_ago": (("instant", "text"), "a date", "for example {{ order.ordered_at | days_ago }}", 0),
    "days_until": (
        ("instant", "text"),
        "a date",
        "for example {{ subscription.expires_at | days_until }}",
        0,
    ),
    "money": (("amount", "number"), "an amount in the smallest unit", _AMOUNT, 1),
    "number": (("number", "amount"), "a number", "for example {{ customer.orders_count | number }}", 0),
}
#: Fields that are texts and no dates, whatever their kind says.
_NO_ARGUMENTS = {
    "date": "a day is written as the letter's language does: take the brackets away",
}


def misused(use: Use, source: Source) -> Iterator[Problem]:
    """What will fail, or be shown as nobody wants it."""
    checks: dict[str, Callable[[Use, Source], Iterator[Problem]]] = {
        "filter": _filter,
        "call": _call,
        "shown": _shown,
    }
    if use.how in checks:
        yield from checks[use.how](use, source)


def _filter(use: Use, source: Source) -> Iterator[Problem]:
    node = use.node
    if not isinstance(node, nodes.Filter) or node.name not in _TAKES:
        return
    takes, called, example, most = _TAKES[node.name]
    place = source.place(node.lineno, node.name)
    if len(node.args) + len(node.kwargs) > most:
        hint = _NO_ARGUMENTS.get(node.name, "take what stands in the brackets away")
        yield Problem(place, f"{node.name} takes nothing in brackets" if not most else _too_many(node), hint)
    if use.kind and (use.kind not in takes or _is_plainly_no_date(node, use.kind)):
        yield Problem(place, f"{node.name} needs {called}, and {_said(node.node)} is none", example)


def _too_many(node: nodes.Filter) -> str:
    return f"{node.name} takes one value in brackets, the currency"


def _is_plainly_no_date(node: nodes.Filter, kind: Kind) -> bool:
    """A field of a record that is a text is none of its dates; any other text may be one."""
    return node.name.startswith("da") and kind == "text" and path_of(without_default(node.node)) is not None


def without_default(node: nodes.Node | None) -> nodes.Node:
    """What stands before `| default('...')`."""
    while isinstance(node, nodes.Filter) and node.name in ("default", "d"):
        node = node.node
    return node or nodes.Const(None)


def _said(node: nodes.Node | None) -> str:
    node = without_default(node)
    path = path_of(node)
    if path:
        return ".".join(path)
    if isinstance(node, nodes.Name):
        return node.name
    return repr(node.value) if isinstance(node, nodes.Const) else "this"


def _call(use: Use, source: Source) -> Iterator[Problem]:
    node, macro = use.node, use.kind
    if not isinstance(node, nodes.Call) or not isinstance(macro, Macro):
        return
    if macro.is_open or node.dyn_args or node.dyn_kwargs:
        return
    place, named = source.place(node.lineno, macro.name), [pair.key for pair in node.kwargs]
    for name in named:
        if name not in macro.takes and name != "caller":
            yield Problem(place, f"{macro.name} takes no {name!r}", did_you_mean(name, macro.takes))
    if len(node.args) > len(macro.takes):
        takes = f"{len(macro.takes)} value{'' if len(macro.takes) == 1 else 's'}"
        yield Problem(place, f"{macro.name} takes {takes}, and is given {len(node.args)}", _form(macro))
    missing = [name for name in macro.needs[len(node.args) :] if name not in named]
    if missing and all(name in macro.takes for name in named):
        yield Problem(place, f"{macro.name} is not given its {' and '.join(missing)}", _form(macro))


def _form(macro: Macro) -> str:
    return f"write {{{{ {macro.name}({', '.join(macro.takes)}) }}}}"


def _shown(use: Use, source: Source) -> Iterator[Problem]:
    node = without_default(use.node)
    path = path_of(node)
    said = ".".join(path) if path else "now" if isinstance(node, nodes.Name) else ""
    if not said or use.kind not in ("amount", "instant"):
        return
    place = source.place(use.node.lineno, said.rpartition(".")[2])
    if use.kind == "amount":
        currency = f"({path[0]}.currency)" if path and path[0] in ("order", "subscription", "offer") else ""
        what = f"{said} is in the smallest unit, so 12.34 is shown as 1234"
        yield Problem(place, what, f"write {said} | money{currency}", "warning")
    else:
        sample = "1990-03-20" if said.endswith("birthday") else "2026-03-20T22:30:00Z"
        what = f"{said} is shown as {sample}, as it is stored"
        yield Problem(place, what, f"write {said} | date", "warning")
