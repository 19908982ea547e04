"""A preview in the terminal: the sentence first, then the funnel with its people, and what they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from engine.cli import preview_edit as edited
from engine.compose.reasons import in_words
from engine.telling import words
from engine.telling.edit import compared, rows
from engine.telling.words import Row, cut, isolated

_BAR = {"all": "█", "out": "▒", "wait": "░", "send": "█"}
_STYLE = {"all": "dim", "out": "", "wait": "yellow", "send": "green"}
_SIGN = {"all": "  ", "out": "- ", "wait": "- ", "send": "= "}
_INDENT, _GAP = 2, "  "
_LABEL, _BARS, _LEAST = 26, 18, 4
_HEAD = 14
_NAMES, _TEXT_LINES = 4, 4


def show(preview: Mapping[str, Any], console: Console, limit: int) -> None:
    """Prints the preview with so many samples for each campaign; campaigns with nobody end in one line."""
    campaigns, calendar = preview["campaigns"], words.reckoning(preview["brand"])
    several = len(campaigns) > 1
    console.print(
        Text(f"Preview for {words.day_and_time(preview['as_of'], calendar)}; nothing has been sent", "dim")
    )
    if not campaigns:
        console.print(Text("No campaign is due. `rekindle preview --all` shows all as if they were."))
    if several:
        console.print(Text(words.totals(preview), "bold"))
    shown = [one for one in campaigns if not several or not _passed_over(one)]
    for campaign in shown:
        _campaign(campaign, preview, console, limit)
    _nobody([one for one in campaigns if one not in shown], console)
    _problems(preview.get("problems", ()), console)


def _passed_over(campaign: Mapping[str, Any]) -> bool:
    """Nobody to write to, and no edit to be seen."""
    edit = campaign["edit"]
    return words.verdict(campaign) == "nobody" and not edit["alarms"] and not compared(edit)


def _campaign(campaign: Mapping[str, Any], preview: Mapping[str, Any], console: Console, limit: int) -> None:
    console.print()
    about = isolated(words.inert(campaign["describe"]))
    console.print(Text.assemble((campaign["campaign"], "bold underline"), "  ", (about, "dim")))
    _held(campaign, console)
    edited.show_alarms(campaign["edit"], console)
    console.print(Text(campaign["headline"], "bold"))
    for warning in campaign["warnings"]:
        console.print(Text.assemble(("! ", "bold yellow"), words.one_line(warning)))
    console.print(Text(words.age(campaign["data_as_of"], preview["as_of"]), "dim"))
    if campaign["sms_segments"]:
        console.print(Text(words.plural(campaign["sms_segments"], "SMS part") + " to pay for", "dim"))
    _edit(campaign["edit"], console)
    console.print()
    rows = words.funnel(campaign, words.reckoning(preview["brand"]))
    _print_indented(_funnel(rows, console.width - _INDENT), console)
    for sample in campaign["samples"][:limit]:
        console.print()
        _print_indented(_sample(sample, console), console)


def _edit(edit: Mapping[str, Any], console: Console) -> None:
    """What was edited since the last run, and who moves by it."""
    edited.show_sentences(edit, console)
    _print_indented(edited.parts_told(edit, console.width - _INDENT), console)
    if compared(edit):
        console.print()
        _print_indented(_funnel(rows(edit), console.width - _INDENT), console)
        _print_indented(edited.reasons(edit, console, console.width - _INDENT), console)


def _held(campaign: Mapping[str, Any], console: Console) -> None:
    if not campaign["held"]:
        return
    console.print(Text.assemble((" HELD ", "bold reverse"), " ", (words.one_line(campaign["held"]), "bold")))
    if words.approvable(campaign):
        command = f"rekindle approve {campaign['campaign']}"
        console.print(Text.assemble("If these are the right people, once it has run: ", (command, "bold")))


def _funnel(rows: Sequence[Row], width: int) -> Iterator[Text]:
    """Label, number, bar and a few names; a gate that left nobody out is left out itself."""
    shown = [row for row in rows if row.count or row.kind in ("all", "send")]
    digits = max(len(f"{row.count:,}") for row in shown)
    left = width - _LABEL - digits - 2 * len(_GAP)
    bars = max(_LEAST, min(_BARS, left))
    room = left - bars - len(_GAP)
    for row in shown:
        strong = "bold" if row.kind in ("all", "send") else ""
        figures = f"{_SIGN[row.kind]}{row.label:<{_LABEL - 2}}{_GAP}{row.count:>{digits},}{_GAP}"
        drawn = set_cell_size(bar(row, bars), bars)
        line = Text.assemble((figures, strong), (drawn, _STYLE[row.kind]), _GAP, (people(row, room), "dim"))
        line.rstrip()
        yield line


def bar(row: Row, width: int) -> str:
    """The row's share of all who matched, standing where it was taken away; a few people still show."""
    if not row.count:
        return ""
    length = max(1, round(row.width * width))
    return " " * min(round(row.start * width), width - length) + _BAR[row.kind] * length


def people(row: Row, room: int) -> str:
    """A few names, whole ones that fit, and how many more there are."""
    names: list[str] = []
    used = 0
    for who in row.people:
        name = words.inert(who["name"]) or str(who["customer_id"])
        rest = row.count - len(names) - 1
        tail = cell_len(f" +{rest:,}") if rest else 0
        if len(names) < _NAMES and used + cell_len(name) + tail <= room:
            names.append(isolated(name))
            used += cell_len(name) + 2
    more = row.count - len(names)
    return ", ".join(names) + (f" +{more:,}" if more else "") if names else ""


def _sample(sample: Mapping[str, Any], console: Console) -> Iterator[Text]:
    width = max(console.width - _INDENT - _HEAD, 20)
    name = isolated(words.inert(sample["name"])) or "(no name)"
    to = Text(f"{sample['channel']} to {name} {words.inert(sample['to'])}")
    for label, value in ((sample["why"], to), *_lines(sample, width)):
        for number, line in enumerate(value.wrap(console, width)):
            head = "" if number else label
            whole = Text.assemble((f"{head:<{_HEAD}}", "" if value is to else "dim"), line)
            whole.rstrip()
            yield whole


def _lines(sample: Mapping[str, Any], width: int) -> Iterable[tuple[str, Text]]:
    if sample.get("error"):
        yield "not sent", Text(words.one_line(in_words(sample["error"])), "bold red")
        return
    if sample["channel"] == "email":
        yield "subject", Text(isolated(words.one_line(sample["subject"])), "bold")
        yield "preheader", Text(isolated(words.one_line(sample["preheader"])))
    if sample.get("segments"):
        yield "parts", Text(words.plural(sample["segments"], "SMS part"))
    yield "text", Text("\n".join(abbreviated(sample.get("text") or "", width)), "dim")


def abbreviated(text: str, width: int) -> list[str]:
    """The first lines that say something, each cut to the width."""
    lines = [line for line in map(words.one_line, text.splitlines()) if line]
    more = ["..."] if len(lines) > _TEXT_LINES else []
    return [isolated(cut(line, width)) for line in lines[:_TEXT_LINES]] + more


def _nobody(campaigns: Sequence[Mapping[str, Any]], console: Console) -> None:
    if campaigns:
        console.print()
        listed = ", ".join(_and_why(one) for one in campaigns)
        console.print(Text.assemble(("Nobody to write to: ", "bold"), listed))


def _and_why(campaign: Mapping[str, Any]) -> str:
    matched = campaign["matched"]
    return f"{campaign['campaign']} ({matched:,} matched)" if matched else str(campaign["campaign"])


def _problems(problems: Sequence[Mapping[str, Any]], console: Console) -> None:
    for problem in problems:
        place = f"{problem['file']}:{problem['line']}:{problem['column']}"
        hint = f" ({problem['hint']})" if problem["hint"] else ""
        console.print(Text(f"{place}: {problem['level']}: {words.one_line(problem['message'])}{hint}"))


def _print_indented(lines: Iterable[Text], console: Console) -> None:
    for line in lines:
        console.print(Text.assemble(" " * _INDENT, line))
