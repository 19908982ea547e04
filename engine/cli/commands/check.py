"""`check`: every problem in config, rules and templates, before customers find it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.program import app, program
from engine.errors import Level, Problem, YoursToFix
from engine.text import did_you_mean

if TYPE_CHECKING:
    from engine.app import App

LEVELS: tuple[Level, ...] = ("error", "warning", "hint")


@program.command()
def check(
    what: Annotated[
        list[str] | None,
        typer.Argument(help="Show only what is wrong with these files, folders, campaigns or segments."),
    ] = None,
    data: Annotated[bool, typer.Option("--data", help="Hold the rules against the store as well.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where there are warnings.")] = False,
    as_json: AsJson = False,
) -> int:
    """Find every problem in config, rules and templates.

    Exits with 2 where there are errors, else with 0; hints and warnings do not stop anything. Everything is
    read in any case: naming files only chooses what is shown.
    """
    here = app()
    found = here.check(data=data)
    problems = _chosen(found, what, here) if what else found
    if as_json:
        output.print_json({"problems": [_plain(problem) for problem in problems]})
    else:
        output.show_problems(problems, here.settings.root)
        output.out().print(_verdict(problems, len(found) - len(problems), here))
    levels = {problem.level for problem in problems}
    return 2 if "error" in levels else 1 if strict and "warning" in levels else 0


def _chosen(problems: list[Problem], what: list[str], here: App) -> list[Problem]:
    """The problems in those files, and in those of the rules that are named."""
    files = tuple(file for word in what for file in _files(word, here))
    return [one for one in problems if any(_in(one.place.file, file) for file in files)]


def _in(file: str, chosen: str) -> bool:
    return chosen == "." or file == chosen or file.startswith((f"{chosen}/", f"{chosen}."))


def _files(word: str, here: App) -> list[str]:
    """What the word names, as problems call files; a template without its endings."""
    root = here.settings.root.resolve()
    path = Path(word).resolve()
    if path.exists():
        if not path.is_relative_to(root):
            raise YoursToFix(f"{word} is outside of {root}, which is checked")
        return [path.relative_to(root).as_posix()]
    book = here.book
    if word in book.campaigns:
        campaign = book.campaigns[word]
        return [campaign.file, *(f"templates/{step.template}" for step in campaign.steps)]
    if word in book.segments:
        return [book.segments[word].file]
    if word in book.faults:
        return [problem.place.file for problem in book.faults[word]]
    hint = did_you_mean(word, {*book.campaigns, *book.segments, *book.faults})
    raise YoursToFix(f"there is no file and no rule {word!r}" + (f" ({hint})" if hint else ""))


def _plain(problem: Problem) -> dict[str, object]:
    place = problem.place
    where = {"file": place.file, "line": place.line, "column": place.column}
    return where | {"level": problem.level, "message": problem.message, "hint": problem.hint}


def _verdict(problems: list[Problem], elsewhere: int, here: App) -> str:
    counted = Counter(problem.level for problem in problems)
    told = [_number(counted[level], level) for level in LEVELS if counted[level]]
    campaigns, segments = len(here.book.campaigns), len(here.book.segments)
    read = f"{_number(campaigns, 'campaign')} and {_number(segments, 'segment')} read"
    more = f" ({_number(elsewhere, 'problem')} elsewhere)" if elsewhere else ""
    return f"{read}: {', '.join(told) or 'no problems'}{more}"


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
