"""Command lines as they stand in files and pages, held against the commands that there are."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.main import get_command

from engine.cli import commands  # noqa: F401  registers them
from engine.cli.program import program

ROOT = Path(__file__).resolve().parents[2]


def parsed(line: str) -> str:
    """The command of the line, which is parsed as it would be, and not run. Raises what it deserves."""
    words = shlex.split(line)
    assert Path(words[0]).name == "rekindle"
    group = get_command(program)
    context = group.make_context("rekindle", words[1:], resilient_parsing=False)
    rest = [*context._protected_args, *context.args]
    name: list[str] = []
    while True:
        found, command, rest = group.resolve_command(context, rest)  # type: ignore[attr-defined]
        name.append(str(found))
        context = command.make_context(str(found), rest, parent=context)
        if not hasattr(command, "commands"):
            return " ".join(name)
        group, rest = command, [*context._protected_args, *context.args]


def told(page: str) -> Iterator[str]:
    """Every command line of ours in a page: in its blocks, and between backticks."""
    for block in re.findall(r"^```\w*\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        yield from (line.strip() for line in block.splitlines() if line.strip().startswith("rekindle "))
    prose = re.sub(r"^```\w*\n.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    yield from (line for line in re.findall(r"`(rekindle [^`]+)`", prose.replace("\n", " ")))


def misused(lines: Iterator[str]) -> dict[str, str]:
    """The lines that would not be understood, with why."""
    wrong = {}
    for line in lines:
        try:
            parsed(line)
        except (typer.TyperException, typer.Exit, AssertionError) as error:
            wrong[line] = str(error) or type(error).__name__
    return wrong
