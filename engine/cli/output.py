"""How commands print: JSON to stdout, everything else for people; problems with line and caret."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.excerpt import excerpt
from engine.errors import Problem, Problems, RekindleError
from engine.text import in_place

if TYPE_CHECKING:
    from rich.console import Console

#: How wide tables are where nobody has a screen.
WIDTH = 120


def out() -> Console:
    """Where results go."""
    from rich.console import Console

    piped = not sys.stdout.isatty()
    return Console(highlight=False, emoji=False, soft_wrap=piped, width=WIDTH if piped else None)


def err() -> Console:
    """Where progress, warnings and errors go."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def print_json_rows(name: str, rows: Iterable[dict[str, Any]]) -> None:
    """`{"name": [...]}` row by row, however many there are."""
    sys.stdout.write(f'{{"{name}": [')
    for number, row in enumerate(rows):
        sys.stdout.write(("," if number else "") + "\n  " + json.dumps(row, ensure_ascii=False))
    sys.stdout.write("\n]}\n")


def show_problems(problems: Iterable[Problem], root: Path | None = None) -> None:
    """Each problem with the line it stands on and a caret under the word."""
    console = err()
    colours = {"error": "red", "warning": "yellow", "hint": "cyan"}
    for problem in problems:
        console.print(f"{problem.place}: ", end="", markup=False, style="bold")
        console.print(f"{problem.level}: ", end="", markup=False, style=colours[problem.level])
        console.print(in_place(problem.message), markup=False)
        for line in excerpt(problem.place, root or Path()):
            console.print(f"    {line}", markup=False, style="dim")
        if problem.hint:
            console.print(f"    {in_place(problem.hint)}", markup=False, style="green")


def show_error(error: RekindleError, root: Path | None = None) -> None:
    """The sentence of a failure, with its places where it has any."""
    if isinstance(error, Problems):
        show_problems(error.problems, root)
    else:
        err().print("[red]rekindle:[/red] ", end="")
        err().print(in_place(str(error)), markup=False)


def prepare() -> None:
    """Whatever is told can be written: a terminal shows what it can, a pipe or a file gets UTF-8."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # `>&-` closes it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  it lives on
        elif hasattr(stream, "reconfigure"):
            narrow = stream.isatty() and stream.encoding.lower().replace("-", "") != "utf8"
            stream.reconfigure(
                encoding=None if narrow else "utf-8", errors="replace" if narrow else "backslashreplace"
            )


def close_quietly() -> None:
    """A reader that went away (`| head`) is no failure."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
