"""Options that several commands share."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.app import App

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="A date or an instant: answer as it was then.", metavar="TIME")
]

#: Outside these nothing is known of clocks and calendars.
YEARS = range(1000, 9000)


def instant(app: App, text: str | None) -> datetime | None:
    """The instant that was asked for. Raises YoursToFix."""
    if text is None:
        return None
    try:
        asked = app.settings.brand.reckoning.date(text)
    except ValueError as error:
        raise YoursToFix(f"--as-of: {error}") from None
    if asked.year not in YEARS:
        raise YoursToFix(f"--as-of: nobody was a customer in {asked.year}, or nobody knows who will be")
    return asked
