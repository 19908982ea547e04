"""`schema`, `audience`: the marketer's own world."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine import clock
from engine.cli import output
from engine.cli.commands.options import AsJson, AsOf, instant
from engine.cli.program import app, program
from engine.text import in_place


@program.command()
def schema(
    write: Annotated[bool, typer.Option("--write", help="Write it to rules/schema.json.")] = False,
) -> None:
    """Print the JSON Schema of the rule files, for editors."""
    import json

    here = app()
    if not write:
        output.print_json(here.schema())
        return
    file: Path = here.settings.folder("rules") / "schema.json"
    file.write_text(json.dumps(here.schema(), ensure_ascii=False, indent=2) + "\n", "utf-8")
    output.out().print(f"wrote {file}")


@program.command()
def audience(
    name: Annotated[str, typer.Argument(help="A segment or a campaign.")],
    as_of: AsOf = None,
    ids: Annotated[bool, typer.Option("--ids", help="Print the customers' ids, one a line.")] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print the statement that the rule becomes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Who a segment or campaign matches, by the rule alone."""
    here = app()
    moment = instant(here, as_of)
    if sql:
        output.out().print(here.audience_sql(name, moment), markup=False)
        return
    kind, asked, customers = here.audience(name, moment)
    output.show_problems([p for p in here.book.problems if p.level == "error"], here.settings.root)
    if as_json:
        found = list(customers)
        answer = {"name": name, "kind": kind, "as_of": clock.iso(asked), "count": len(found)}
        output.print_json(answer | {"customers": found})
    elif ids:
        for customer in customers:
            sys.stdout.write(customer + "\n")
    else:
        count = sum(1 for _ in customers)
        output.out().print(f"{count:,} customers match the {kind} {name} as of {clock.iso(asked)}")
        for sentence in here.audience_english(name, moment):
            output.out().print(f"  {in_place(sentence)}", markup=False)
