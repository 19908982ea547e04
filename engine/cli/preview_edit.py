"""What an edit does, in the terminal: who leaves, stays and enters, with the lines that did it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from engine.telling import words
from engine.telling.edit import MOVES, Part, compared, parts

#: Who is explained in the terminal, of those who leave and of those who enter, and how many lines of a rule.
_FEW, _LINES, _STEP = 3, 8, 2
_ASKED = {"left": "They leave, for the rule asks now:", "entered": "They enter; the rule that ran asked:"}
_STYLE = {"-": "red", "+": "green"}


def show_alarms(edit: Mapping[str, Any], console: Console) -> None:
    for alarm in edit["alarms"]:
        console.print(Text.assemble((" LOOK TWICE ", "bold reverse"), " ", (words.one_line(alarm), "bold")))


def show_sentences(edit: Mapping[str, Any], console: Console) -> None:
    for sentence in edit["sentences"]:
        console.print(Text(words.one_line(sentence), "" if compared(edit) else "dim"))


def parts_told(edit: Mapping[str, Any], width: int) -> Iterator[Text]:
    """The lines that were written differently, file by file, and the templates that were touched."""
    for part in parts(edit):
        yield from _part(part, width)


def reasons(edit: Mapping[str, Any], console: Console, width: int) -> Iterator[Text]:
    """A few of those who leave and who enter, each with the clause that made the difference."""
    for key, asked in _ASKED.items():
        told = [who for who in edit["names"].get(key, ()) if who["because"]][:_FEW]
        if told:
            yield Text(asked, "dim")
            yield from _because(told, console, width - _STEP)


def _part(part: Part, width: int) -> Iterator[Text]:
    name = words.isolated(words.inert(part.name))
    yield Text(f"{name}:" if part.lines else f"{name} was {part.change}", "dim")
    for line in part.lines[:_LINES]:
        text = f"{line['sign']} {line['line']:>3}  {words.isolated(words.inert(line['text']))}"
        yield Text(words.cut(text, width), _STYLE[line["sign"]])
    if len(part.lines) > _LINES:
        yield Text(f"and {words.plural(len(part.lines) - _LINES, 'more line')}", "dim")


def _because(told: Sequence[Mapping[str, Any]], console: Console, width: int) -> Iterator[Text]:
    """The names in one column, what they are told of in the next."""
    names = [words.inert(who["name"]) or words.inert(who["customer_id"]) for who in told]
    column = min(max(map(cell_len, names)), width // 3)
    for name, who in zip(names, told, strict=True):
        reason = Text(words.one_line(who["because"]))
        for number, line in enumerate(reason.wrap(console, max(width - column - _STEP, 20))):
            line.rstrip()
            yield Text.assemble(" " * _STEP, words.padded("" if number else name, column), " " * _STEP, line)


def listing(campaign: Mapping[str, Any], reason: str) -> Iterator[str]:
    """Everybody behind one number, a line each, in columns that keep their places."""
    source = campaign["edit"]["names"] if reason in MOVES else campaign["names"]
    people = source.get(reason, [])
    yield f"{campaign['campaign']}: {reason}: {len(people):,}"
    table = [[words.inert(who[key]) for key in ("customer_id", "name", "to")] for who in people]
    widths = [max((cell_len(line[place]) for line in table), default=0) for place in range(3)]
    for line in table:
        cells = (words.padded(cell, width) for cell, width in zip(line, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
