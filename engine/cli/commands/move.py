"""`db copy`: a store moves into another kind of database."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import output
from engine.cli.commands.data import db
from engine.cli.program import app


@db.command()
def copy(
    source: Annotated[str, typer.Argument(help="The store to copy: a file of SQLite, or a URL.")],
) -> None:
    """Copy every row of another store into this project's, which must be empty: a move to PostgreSQL.

    All of it is copied, or nothing. Stop the daemons first.
    """
    counted = app().copy_from(source)
    console = output.out()
    total = 0
    for name, rows in counted:
        console.print(f"  {name:<18} {rows:>12,}", markup=False)
        total += rows
    console.print(f"copied {total:,} rows; `rekindle doctor` examines them")
