"""`customer show`, `export`, `erase`: one customer's record, everything we hold, and forgetting them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.program import app, program
from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.durations import Calendar

group = typer.Typer(
    help="One customer: their life with us, their data, forgetting them.", no_args_is_help=True
)
program.add_typer(group, name="customer")

Id = Annotated[str, typer.Argument(metavar="ID", help="The customer's id, as the shop knows it.")]


@group.command()
def show(customer_id: Id, as_json: AsJson = False) -> None:
    """Their life with us in order: entered, waited, received, held back and why, opted out.

    With --json: customer_id, name, email, phone, country, tags, orders, last_order, consents (by channel),
    suppressed (channel: reason), life (at, what, text, campaign, channel).
    """
    here = app()
    found = here.customer_show(customer_id)
    if as_json:
        output.print_json(found)
    else:
        _tell(found, here.settings.brand.reckoning)


def _tell(found: dict[str, Any], calendar: Calendar) -> None:
    from engine.clock import parse_instant
    from engine.telling.words import isolated, one_line, plural

    console = output.out()

    def say(text: str, at: str = "") -> None:
        console.print(at + isolated(one_line(text)), markup=False)

    def day(at: str) -> str:
        """To the minute, so that the days stand in a column."""
        return calendar.show(parse_instant(at))[:16]

    say(" ".join(filter(None, (found["customer_id"], found["name"]))))
    for channel, address in (("email", found["email"]), ("sms", found["phone"])):
        asked = {"subscribed": "said yes", "unsubscribed": "opted out"}.get(
            found["consents"][channel], "never asked"
        )
        reason = found["suppressed"].get(channel)
        why = f"; not to be used: {reason.replace('_', ' ')}" if reason else ""
        say(f"{channel}: {address or 'none'} ({asked}{why})")
    if found["tags"]:
        say(f"tags: {', '.join(found['tags'])}")
    last = f", the last {day(found['last_order'])}" if found["last_order"] else ""
    say(f"{plural(found['orders'], 'order')}{last}")
    say("")
    for one in found["life"]:
        say(one["text"], at=f"{day(one['at']) if one['at'] else 'always':<16}  ")


@group.command()
def export(customer_id: Id) -> None:
    """Everything that is held about them, as JSON on stdout: for whoever asks for their data."""
    output.print_json(app().customer_export(customer_id))


@group.command()
def erase(
    customer_id: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget them: their data goes, the ledger's rows name nobody, and their addresses stay unused.

    What waits for them is cancelled. A file that names them again brings them back, not their addresses.
    """
    here = app()
    found = here.customer_show(customer_id)
    if not yes:
        _ask(found)
    done = here.customer_erase(customer_id)
    if as_json:
        output.print_json({"customer_id": customer_id, **done})
        return
    console = output.out()
    told = f"erased: {done['deleted']:,} rows deleted, {done['nameless']:,} of the ledger name nobody now"
    console.print(told + (f", {done['cancelled']:,} messages cancelled" if done["cancelled"] else ""))
    if done["suppressed"]:
        console.print("their addresses are never written to again, even if a file brings them back")


def _ask(found: dict[str, Any]) -> None:
    """Raises YoursToFix where nobody can answer."""
    if not sys.stdin.isatty():
        raise YoursToFix("erasing cannot be undone; say --yes to do it without being asked")
    who = " ".join(filter(None, (found["customer_id"], found["name"])))
    if not typer.confirm(f"Erase {who} with {found['orders']} orders? It cannot be undone."):
        raise typer.Abort
