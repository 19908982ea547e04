"""`demo`: the main job, end to end, on a generated sample shop. Nothing leaves the machine."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine import clock
from engine.cli import output
from engine.cli.commands.run import counted
from engine.cli.program import Chosen, program
from engine.errors import YoursToFix

if TYPE_CHECKING:
    from engine.app import App

_MARK = ".rekindle-demo"
_KINDS = ("customers", "products", "orders", "order_lines", "subscriptions", "events", "consents")


@program.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where; made anew each time.")] = Path("rekindle-demo"),
) -> int:
    """Import, check, preview and run on a sample shop; nothing leaves the machine."""
    _make_room(folder)
    os.environ.setdefault("REKINDLE_NOW", clock.iso(_mid_morning(clock.now())))
    _say(f"A sample shop in {folder}/, on a clock that stands at {os.environ['REKINDLE_NOW']}")
    here = _project(folder)
    _say("1. Import: customers, orders and what else the shop knows")
    _import(here, folder)
    _say("2. Check: is there a mistake in the rules or the templates?")
    _check(here)
    _say("3. Preview: who would hear from us, who not and why; nothing is changed by looking")
    promised = _preview(here, folder)
    _say("4. Run: exactly what the preview said")
    sent = _run(here)
    _say("5. Run again, at the same moment")
    again = _run(here)
    _farewell(folder, promised, sent, again)
    return 0 if promised == sent and not again else 1


def _make_room(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise YoursToFix(f"{folder} holds something else; name an empty folder: rekindle demo DIR")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text("made by `rekindle demo`, and made anew by the next one\n")


def _mid_morning(now: datetime) -> datetime:
    """The last half past ten: most of the sample shop's customers are awake then."""
    morning = now.replace(hour=10, minute=30, second=0, microsecond=0)
    return morning if morning <= now else morning - timedelta(days=1)


def _project(folder: Path) -> App:
    from engine.app import App, init

    init(folder)
    config = folder / "config.yaml"
    text = config.read_text("utf-8")
    for placeholder, ours in (
        ("name: Your Shop ", "name: Hearth & Vine "),
        (
            "postal_address: Your Shop, 1 Your Street, Your Town",
            "postal_address: Hearth & Vine, 12 Mill Lane, Bath",
        ),
        ("https://shop.example.com", "https://hearth-and-vine.test"),
        ("hello@shop.example.com", "hello@hearth-and-vine.test"),
    ):
        text = text.replace(placeholder, ours)
    config.write_text(text, "utf-8")
    Chosen.config = config
    return App.open(config)


def _import(here: App, folder: Path) -> None:
    from engine import sample

    files = sample.write(folder / "data", clock.now())
    for kind in _KINDS:
        if kind in files:
            done = here.import_file(kind, files[kind])
            output.out().print(f"   {kind}: {done.kept:,} rows")


def _check(here: App) -> None:
    """Errors only: a sample shop's addresses are placeholders, as they should be."""
    problems = [problem for problem in here.check() if problem.level == "error"]
    output.show_problems(problems, here.settings.root)
    campaigns, segments = len(here.book.campaigns), len(here.book.segments)
    found = f"{len(problems)} mistakes" if problems else "no mistakes"
    output.out().print(f"   {campaigns} campaigns and {segments} segments: {found}")


def _preview(here: App, folder: Path) -> int:
    from engine.cycle.preview import Wish
    from engine.telling.page import write_page

    found = here.preview(wish=Wish(everything=True))
    for one in found["campaigns"]:
        output.out().print(f"   {one['campaign']}: {one['headline']}", markup=False)
    page = write_page(found, folder / "preview")
    output.out().print(f"   the page, with the mails as they look: {page}", markup=False)
    return sum(one["will_send"] for one in found["campaigns"] if not one["held"])


def _run(here: App) -> int:
    names = list(here.book.campaigns)
    before = _accepted(here)
    report = here.run(names)
    sent = _accepted(here) - before
    stands = counted(report.counts.by_state)
    output.out().print(f"   {sent:,} sent; the outbox now holds {stands}", markup=False)
    return sent


def _accepted(here: App) -> int:
    counts: dict[str, Any] = here.status()["outbox"]
    return int(counts.get("accepted", 0))


def _say(line: str) -> None:
    output.out().print(f"\n[bold]{line}[/bold]")


def _farewell(folder: Path, promised: int, sent: int, again: int) -> None:
    console, command = output.out(), _command()
    console.print(f"\n[bold]{promised:,} promised, {sent:,} sent, {again:,} sent twice.[/bold] Look at:")
    console.print(f"   {folder}/outbox/          every message, as a file to open")
    console.print(f"   {folder}/preview/         the preview page")
    console.print(f"   {folder}/rules/           the rules: change one, and preview it")
    console.print(f"   cd {folder} && {command} preview win-back")
    console.print(f"   cd {folder} && {command} deliveries --campaign win-back")


def _command() -> str:
    """How to call us again from another folder."""
    return "rekindle" if shutil.which("rekindle") else str(Path(sys.argv[0]).resolve())
