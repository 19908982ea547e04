"""`report`: what it achieved, in the terminal, as JSON, as a page to print."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.program import app, program
from engine.clock import YEARS
from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.app import App

From = Annotated[
    str | None, typer.Option("--from", help="Its first day; 30 days unless given.", metavar="DATE")
]
To = Annotated[
    str | None, typer.Option("--to", help="The day after its last one; now unless given.", metavar="DATE")
]
Page = Annotated[Path | None, typer.Option("--html", help="Write a page to read and print.", metavar="FILE")]


@program.command()
def report(start: From = None, end: To = None, html: Page = None, as_json: AsJson = False) -> None:
    """What it achieved: customers kept and lost, what they are worth, what campaigns brought.

    It opens the store read-only and changes nothing.
    """
    here = app()
    found = here.report(_instant(here, start, "--from"), _instant(here, end, "--to"))
    if html is not None:
        from engine.telling.report_page import write_report

        output.err().print(f"wrote {write_report(found, html)}", markup=False)
    if as_json:
        output.print_json(found)
    if as_json or html is not None:
        return
    from engine.cli.report_text import show

    show(found)


def _instant(here: App, text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        asked = here.settings.brand.reckoning.date(text)
    except ValueError as error:
        raise YoursToFix(f"{option}: {error}") from None
    if asked.year not in YEARS:
        raise YoursToFix(f"{option}: the year {asked.year} is not one that we can reckon with")
    return asked
