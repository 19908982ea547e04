"""Options that several commands share."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from engine.clock import YEARS
from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.app import App

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="A date or an instant: answer as it was then.", metavar="TIME")
]


def instant(app: App, text: str | None) -> datetime | None:
    """The instant that was asked for. Raises YoursToFix."""
    if text is None:
        return None
    try:
        asked = app.settings.brand.reckoning.date(text)
    except ValueError as error:
        raise YoursToFix(f"--as-of: {error}") from None
    if asked.year not in YEARS:
        raise YoursToFix(f"--as-of: the year {asked.year} is not one that we can reckon with")
    return asked
