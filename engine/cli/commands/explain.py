"""`explain`: why a customer is written to, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson, AsOf, instant
from engine.cli.program import app, program
from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.app import App

First = Annotated[
    str | None,
    typer.Argument(help="A campaign; or a customer's id alone, for every campaign.", metavar="[CAMPAIGN]"),
]
Second = Annotated[str | None, typer.Argument(help="The customer's id.", metavar="CUSTOMER")]


@program.command()
def explain(
    campaign: First = None, customer: Second = None, as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Why a campaign writes to a customer, or why not: clause by clause, gate by gate.

    With a customer alone, every campaign in a line. It opens the store read-only and changes nothing.
    With --json: campaign, customer_id, as_of, answer (send, skip or defer), reason (rule, or a gate),
    until, clauses (text, holds, value, depth), gates (gate, decision: pass, skip, defer or not_asked,
    detail), eligible_from; and held, why, sentence, steps, first_run.
    """
    from engine.cli import explain_text
    from engine.clock import parse_instant

    if campaign is None:
        raise YoursToFix("say whose: `rekindle explain CUSTOMER`, or `rekindle explain CAMPAIGN CUSTOMER`")
    here = app()
    moment = instant(here, as_of)
    _in_order(here, campaign, customer)
    found = (
        here.explain_all(campaign, moment) if customer is None else here.explain(campaign, customer, moment)
    )
    if as_json:
        output.print_json(found)
        return
    calendar = here.settings.brand.reckoning

    def shown(iso: str) -> str:
        return calendar.show(parse_instant(iso).replace(second=0, microsecond=0))

    show = explain_text.show_all if customer is None else explain_text.show
    show(found, output.out(), shown)
    if customer is None:
        broken = [problem for problem in here.book.problems if problem.level == "error"]
        output.show_problems(broken, here.settings.root)


def _in_order(here: App, campaign: str, customer: str | None) -> None:
    """The two the wrong way round, or one of them alone, are told as that."""
    known = here.book.campaigns
    if customer is None and campaign in known:
        raise YoursToFix(
            f"{campaign!r} is a campaign; say which customer: rekindle explain {campaign} CUSTOMER"
        )
    if customer is not None and campaign not in known and customer in known:
        raise YoursToFix(f"the campaign comes first: rekindle explain {customer} {campaign}")
