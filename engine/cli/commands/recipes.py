"""`rules new` and `rules describe`: start a campaign from a recipe, and hear a rule in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.program import app, program
from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.recipes import Recipe

group = typer.Typer(help="Start a campaign from a recipe; hear what a rule says.", no_args_is_help=True)
program.add_typer(group, name="rules")


@group.command()
def new(
    recipe: Annotated[str | None, typer.Argument(help="A recipe; none: list them.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call it; else as the recipe.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the recipes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start a campaign from a recipe: a rule and its messages, ready to edit. Nothing is overwritten."""
    from engine import recipes
    from engine.shipped import starter

    known = recipes.recipes(starter())
    if recipe is None and name is not None:
        raise YoursToFix(f"name a recipe: rekindle rules new RECIPE --name {name}")
    if recipe is None or listed:
        _list(list(known.values()), as_json)
        return
    here = app()
    chosen, called = recipes.find(known, recipe), name or recipe
    project = recipes.Project(here.settings.root, here.book.campaigns, here.book.segments)
    written = recipes.write(chosen, called, starter(), project)
    if as_json:
        output.print_json({"campaign": called, "recipe": chosen.name, "files": written})
    else:
        _tell(chosen, called, written, already=chosen.shipped in here.book.campaigns)


def _list(known: list[Recipe], as_json: bool) -> None:
    rows = [
        {"recipe": one.name, "stage": one.stage, "describe": one.describe}
        | {"channels": one.channels, "languages": one.languages}
        for one in known
    ]
    if as_json:
        output.print_json({"recipes": rows})
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("recipe", "for whom", "messages"):
        table.add_column(heading, no_wrap=heading == "recipe")
    for one in known:
        table.add_row(one.name, one.describe, f"{', '.join(one.channels)} ({', '.join(one.languages)})")
    console = output.out()
    console.print(table)
    console.print("\nstart one: rekindle rules new RECIPE [--name NAME]", markup=False)


def _tell(recipe: Recipe, name: str, written: list[str], already: bool) -> None:
    console = output.out()
    for path in written:
        console.print(f"wrote {path}", markup=False)
    other = next((channel for channel in recipe.channels[1:]), None)
    if other:
        console.print(f"to send it by {other} instead, write `- {other}: {name}/letter` under `steps`")
    if already:
        told = f"your project has this campaign already, as {recipe.shipped}: one of the two is enough"
        console.print(told, markup=False)
    console.print(f"\nnext: read and edit rules/{name}.yaml, then", markup=False)
    console.print(f"  rekindle check\n  rekindle preview {name}", markup=False)


@group.command()
def describe(
    names: Annotated[list[str], typer.Argument(help="Campaigns or segments.", metavar="NAME...")],
    as_json: AsJson = False,
) -> None:
    """A rule in plain English: who, when, what, how often, within which limits, and what stops it."""
    from engine import clock
    from engine.rules.describe import describe as told

    here = app()
    found = [told(here.book, name, here.settings, clock.now()) for name in names]
    if as_json:
        rows = [{"name": one.name, "kind": one.kind, "text": str(one), "parts": one.parts} for one in found]
        output.print_json({"rules": rows})
        return
    for number, one in enumerate(found):
        output.out().print(("\n" if number else "") + str(one), markup=False)
