"""`resolve`: a person decides about messages of which nobody knows whether they went out."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.program import app, program
from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.cycle.resolve import Word

_WORDS = ("sent", "not-sent")
_CONSEQUENCES = {
    "sent": "Never sent again, and counted in the caps.",
    "not-sent": "Never sent again, and not counted in the caps; should the provider tell otherwise later, "
    "counted as sent after all.",
    "again": "Sent with the next run, or by the daemon; whoever has the first gets a second one.",
}
_VERBS = {"sent": "counts as sent", "not-sent": "counts as not sent", "again": "will be sent again"}


@program.command()
def resolve(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[DELIVERY]... sent|not-sent", help="Ids from `deliveries`, then what became of them."
        ),
    ],
    again: Annotated[bool, typer.Option("--again", help="With not-sent: send them again.")] = False,
    campaign: Annotated[
        str | None, typer.Option("--campaign", help="All that is unresolved of this campaign.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="How you know, for those who ask later.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who says so.", show_default="your login")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False,
    as_json: AsJson = False,
) -> int:
    """Decide about messages that are unresolved: nobody knows whether the provider has them.

    Look first: the provider's own log, or the customer. `rekindle deliveries --state unresolved` lists them.
    """
    from engine.cycle.resolve import Which

    *ids, last = words
    word = _word(last, again)
    if bool(ids) == (campaign is not None):
        raise YoursToFix("say which: `rekindle resolve ID sent`, or `rekindle resolve --campaign NAME sent`")
    which = Which(tuple(dict.fromkeys(ids)), campaign)
    here = app()
    found = here.unresolved(which)
    if not yes and (campaign is not None or word == "again"):
        _ask(found, word)
    done = here.resolve(which, word, by or _login(), reason)
    left = sum(found.values()) - done
    if as_json:
        output.print_json({"decided": word, "resolved": done, "left": left})
        return 1 if left else 0
    _tell(word, done, left)
    return 1 if left else 0


def _word(last: str, again: bool) -> Word:
    if last not in _WORDS:
        raise YoursToFix(f"say `sent` or `not-sent` at the end, not {last!r}")
    if last == "sent":
        if again:
            raise YoursToFix("what was sent is not sent again; `not-sent --again` sends it again")
        return "sent"
    return "again" if again else "not-sent"


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # nobody that this machine has a name for
        return "operator"


def _ask(found: Mapping[str, int], word: Word) -> None:
    """Raises YoursToFix where nobody can answer."""
    told = ", ".join(f"{count:,} of {name}" for name, count in found.items())
    if not sys.stdin.isatty():
        raise YoursToFix(f"{told}: {_verb(word)}? {_CONSEQUENCES[word]} Say --yes to do it unasked")
    if not typer.confirm(f"{told}: {_verb(word)}? {_CONSEQUENCES[word]} Go on?"):
        raise typer.Abort


def _verb(word: Word) -> str:
    return "send again" if word == "again" else f"count as {word.replace('-', ' ')}"


def _tell(word: Word, done: int, left: int) -> None:
    console = output.out()
    some = "1 message" if done == 1 else f"{done:,} messages"
    if done:
        verb = _VERBS[word] if done == 1 else _VERBS[word].replace("counts", "count")
        console.print(f"{some} {verb}. {_CONSEQUENCES[word]}", markup=False)
    if left:
        why = "past the time by which it had to go" if word == "again" else "no longer unresolved"
        what = "1 is left as it is" if left == 1 else f"{left:,} are left as they are"
        output.err().print(f"{what}: {why}, or decided meanwhile", markup=False)
