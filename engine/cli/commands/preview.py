"""`preview`: the dry run, in the terminal, as JSON, as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson, AsOf, instant
from engine.cli.program import app, program
from engine.errors import YoursToFix
from engine.text import did_you_mean
from engine.vocabulary import Gate

Campaigns = Annotated[
    list[str] | None, typer.Argument(help="Campaigns, whether due or not; none: what is due.")
]
Everything = Annotated[bool, typer.Option("--all", help="As if every campaign were due.")]
Customer = Annotated[
    str | None, typer.Option("--customer", help="What this customer would get.", metavar="ID")
]
Limit = Annotated[int, typer.Option("--limit", help="How many samples.", min=0, max=100)]
Listed = Annotated[
    str | None,
    typer.Option(
        "--list",
        help="Who is behind a number: a gate, will_send, or of an edit left, stayed, entered.",
        metavar="REASON",
    ),
]
Page = Annotated[
    Path | None, typer.Option("--html", help="Write a page to open in a browser.", metavar="DIR")
]
SendTo = Annotated[
    str | None, typer.Option("--send-to", help="Send one sample there, marked TEST.", metavar="ADDRESS")
]


_AS_IF = "as if all were due: `rekindle run` does it for what is due, `rekindle run NAME` for one of these"


@program.command()
def preview(
    campaigns: Campaigns = None,
    everything: Everything = False,
    customer: Customer = None,
    limit: Limit = 4,
    list_: Listed = None,
    html: Page = None,
    send_to: SendTo = None,
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
        return _send(names, send_to, customer)
    found = here.preview(names, moment, Wish(everything, limit, customer, list_))
    if html is not None:
        output.err().print(f"open {_page(found, html)}", markup=False)
    if as_json:
        output.print_json(found)
    elif list_ is not None:
        _list(found, list_)
    elif html is None:
        _show(found, limit)
        if everything and not names and found["campaigns"]:
            output.err().print(_AS_IF, markup=False)
    broken = [problem for problem in here.book.problems if problem.level == "error"]
    output.show_problems(broken, here.settings.root)
    return 1 if broken and not names else 0


def _page(found: dict[str, Any], folder: Path) -> Path:
    from engine.telling.page import write_page

    return write_page(found, folder)


def _show(found: dict[str, Any], limit: int) -> None:
    from engine.cli.preview_text import show

    if found["campaigns"]:
        show(found, output.out(), limit)
    else:
        output.out().print("nothing is due now; name a campaign, or use --all")


def _send(names: list[str], address: str, customer: str | None) -> int:
    if len(names) != 1:
        raise YoursToFix("--send-to takes one campaign: rekindle preview CAMPAIGN --send-to ADDRESS")
    receipt = app().send_sample(names[0], address, customer)
    if receipt.verdict != "accepted":
        code = receipt.code if receipt.code.isdigit() or not receipt.detail else ""
        raise YoursToFix(f"the sample was not taken: {code} {receipt.detail}".replace("  ", " ").rstrip())
    output.out().print(
        f"sent a sample of {names[0]} to {address}, marked TEST: {receipt.provider_id}", markup=False
    )
    return 0


def _list(found: dict[str, Any], reason: str) -> None:
    from engine.cli.preview_edit import listing
    from engine.telling.edit import MOVES

    known = [*(gate.value for gate in Gate), "will_send", *MOVES]
    if reason not in known:
        raise YoursToFix(f"there is no number {reason!r} to list ({did_you_mean(reason, known)})")
    for campaign in found["campaigns"]:
        for line in listing(campaign, reason):
            output.out().print(line, markup=False)
