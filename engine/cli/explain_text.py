"""An explanation in the terminal: the answer first, then the rule, the gates and what would be sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from engine.telling.words import inert
from engine.vocabulary import Gate

#: Shows an instant of the JSON in the brand's calendar and zone.
Show = Callable[[str], str]

_GATES = {
    Gate.ALREADY_ENROLLED: "may enter now",
    Gate.NO_ADDRESS: "has an address",
    Gate.NO_CONSENT: "has agreed",
    Gate.SUPPRESSED: "may be written to",
    Gate.DUPLICATE_ADDRESS: "first at the address",
    Gate.FREQUENCY_CAP: "under the cap",
    Gate.HOLDOUT: "outside the holdout",
    Gate.QUIET_HOURS: "awake",
}
_MARKS = {"pass": "yes", "skip": "no", "defer": "later", "not_asked": "-"}
_ANSWERS = {"send": "yes", "skip": "no", "defer": "later"}
_STYLES = {"yes": "green", "no": "bold red", "later": "yellow", "held": "yellow"}
_MARK, _LABEL = 8, 22
_LEAST = 30
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RUN = re.compile(rf"[{_RTL}](?:[{_RTL}\u200c\u200d\s_-]*[{_RTL}])?")


def apart(text: Any) -> str:
    """The text on one line, its right-to-left words kept from moving the digits and commas beside them."""
    return _RUN.sub(lambda run: f"\u2068{run[0]}\u2069", inert(text))


def show(found: Mapping[str, Any], console: Console, shown: Show) -> None:
    """One campaign and one customer."""
    console.print(Text.assemble((found["campaign"], "bold underline"), ": ", _whom(found, shown)))
    _paragraph(Text(apart(found["sentence"]), "bold"), console)
    if found["held"] and found["answer"] == "skip":
        _paragraph(Text(f"And nothing goes out now: {apart(found['held'])}."), console)
    console.print()
    _heading("The rule", found["describe"], console)
    for clause in _worth_reading(found["clauses"]):
        mark = "yes" if clause["holds"] else "no"
        _clause(mark, clause, console)
    console.print()
    _heading("The gates", "" if found["matches"] else "as if the rule matched", console)
    for gate in found["gates"]:
        label = Text(f"{_GATES[Gate(gate['gate'])]:<{_LABEL}}")
        _row(_MARKS[gate["decision"]], label, gate["detail"], console)
    console.print()
    _heading("The steps", "" if found["answer"] != "skip" else "if it were yes", console)
    for step in found["steps"]:
        at = f", {shown(step['at'])}" if step["at"] else ""
        console.print(Text(f"  {step['step']}. {step['channel']} {step['template']}{at}"))


def show_all(found: Mapping[str, Any], console: Console, shown: Show) -> None:
    """Every campaign in a line."""
    console.print(Text.assemble("Every campaign: ", _whom(found, shown)))
    width = max((len(one["campaign"]) for one in found["campaigns"]), default=0)
    for one in found["campaigns"]:
        mark = "held" if one["held"] and one["answer"] != "skip" else _ANSWERS[one["answer"]]
        _row(mark, Text(f"{one['campaign']:<{width}}  "), _line(one, shown), console)
    if not found["campaigns"]:
        console.print(Text("There are no campaigns."))
    console.print(Text("Clause by clause: rekindle explain CAMPAIGN CUSTOMER", "dim"))


def _line(one: Mapping[str, Any], shown: Show) -> str:
    told = str(one["why"])
    if one["answer"] == "skip" and one["eligible_from"]:
        told += f". Yes from {shown(one['eligible_from'])} on, if nothing new happens"
    return f"{told}; held: {one['held']}" if one["held"] and one["answer"] != "skip" else told


def _whom(found: Mapping[str, Any], shown: Show) -> Text:
    name, customer_id = apart(found["name"]), apart(found["customer_id"])
    who = f"{name} ({customer_id})" if name else customer_id
    return Text.assemble((who, "bold"), (f", as of {shown(found['as_of'])} ({found['timezone']})", "dim"))


def _heading(title: str, aside: str, console: Console) -> None:
    tail = f": {apart(aside)}" if aside else ""
    _paragraph(Text.assemble((title, "bold"), (tail, "dim")), console)


def _worth_reading(clauses: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The clauses but for what is inside a segment that is as the rule wants it."""
    within: int | None = None
    for clause in clauses:
        if within is not None and clause["depth"] > within:
            continue
        within = clause["depth"] if clause["joined"] == "segment" and clause["holds"] else None
        yield clause


def _clause(mark: str, clause: Mapping[str, Any], console: Console) -> None:
    """The clause, and the customer's own value behind it, or below it where there is no room."""
    text, value = apart(clause["text"]), apart(clause["value"])
    told = Text(text)
    if value:
        told.append(": ").append(value, "dim")
    _hanging(
        Text.assemble(" " * 2 * clause["depth"], _mark(mark)), told, 2 * clause["depth"] + _MARK, console
    )


def _row(mark: str, label: Text, detail: str, console: Console) -> None:
    head = Text.assemble(_mark(mark), label)
    _hanging(head, Text(apart(detail), "dim"), head.cell_len, console)


def _mark(mark: str) -> Text:
    return Text.assemble("  ", (f"{mark:<{_MARK - 2}}", _STYLES.get(mark, "")))


def _hanging(head: Text, told: Text, indent: int, console: Console) -> None:
    """The text behind its head, its further lines below its own beginning."""
    for number, line in enumerate(told.wrap(console, max(console.width - indent, _LEAST))):
        line.rstrip()
        console.print(Text.assemble(" " * indent if number else head, line))


def _paragraph(told: Text, console: Console) -> None:
    for line in told.wrap(console, max(console.width, _LEAST)):
        line.rstrip()
        console.print(line)
