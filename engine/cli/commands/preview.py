"""`preview`: the dry run, in the terminal, as JSON, as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson, AsOf, instant
from engine.cli.program import app, program
from engine.errors import YoursToFix


@program.command()
def preview(
    campaigns: Annotated[
        list[str] | None, typer.Argument(help="Campaigns, whether due or not; none: what is due.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="As if every campaign were due.")] = False,
    customer: Annotated[
        str | None, typer.Option("--customer", help="What this customer would get.", metavar="ID")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="How many samples.", min=0, max=100)] = 4,
    list_: Annotated[
        str | None, typer.Option("--list", help="Who is behind a number: a gate, or will_send.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page to open in a browser.", metavar="DIR")
    ] = None,
    send_to: Annotated[
        str | None, typer.Option("--send-to", help="Send one sample there, marked TEST.", metavar="ADDRESS")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> int:
    """The dry run: who would hear from us, who not and why, and what they would read.

    It opens the store read-only and changes nothing.
    """
    from engine.cycle.preview import Wish

    here = app()
    names, moment = campaigns or [], instant(here, as_of)
    if send_to is not None:
        return _send(names, send_to)
    found = here.preview(names, moment, Wish(everything, limit, customer, list_))
    if html is not None:
        from engine.cli.preview_page import write_page

        output.err().print(f"open {write_page(found, html)}")
    if as_json:
        output.print_json(found)
    elif list_ is not None:
        _list(found, list_)
    elif html is None:
        from engine.cli.preview_text import show

        show(found, output.out(), limit)
    broken = [problem for problem in here.book.problems if problem.level == "error"]
    output.show_problems(broken, here.settings.root)
    return 1 if broken and not names else 0


def _send(names: list[str], address: str) -> int:
    if len(names) != 1:
        raise YoursToFix("--send-to takes one campaign: rekindle preview CAMPAIGN --send-to ADDRESS")
    receipt = app().send_sample(names[0], address)
    if receipt.verdict != "accepted":
        raise YoursToFix(f"the sample was not taken: {receipt.code} {receipt.detail}".rstrip())
    output.out().print(
        f"sent a sample of {names[0]} to {address}, marked TEST: {receipt.provider_id}", markup=False
    )
    return 0


def _list(found: dict[str, object], reason: str) -> None:
    for campaign in found["campaigns"]:  # type: ignore[attr-defined]
        people = campaign["names"].get(reason, [])
        output.out().print(f"{campaign['campaign']}: {reason}: {len(people):,}", markup=False)
        for one in people:
            output.out().print(f"  {one['customer_id']}  {one['name']}  {one['to'] or ''}", markup=False)
