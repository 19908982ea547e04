"""`run`: one cycle now."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.program import app, program

if TYPE_CHECKING:
    from engine.app import RunReport


@program.command()
def run(
    campaigns: Annotated[
        list[str] | None, typer.Argument(help="Campaigns, whether due or not; none: what is due.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Plan what is due (or named), and send until the outbox is empty or everything waits.

    A slot runs once: a second run at the same instant sends nothing.
    """
    here = app()
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    report = here.run(campaigns or [], stop)
    if as_json:
        output.print_json(_plain(report))
    else:
        _tell(report)
    if report.counts.by_state.get("planned"):
        for one in here.status()["paused"]:
            name = one["scope"].rpartition(":")[2]
            told = "`rekindle resume --all`" if name == "all" else f"{name}: `rekindle resume {name}`"
            output.err().print(f"paused: {told}", markup=False)
    output.show_problems([p for p in report.problems if p.level == "error"], here.settings.root)
    return 1 if _needs_attention(report, bool(campaigns)) else 0


def _plain(report: RunReport) -> dict[str, Any]:
    runs = [
        {
            "campaign": one.entry.campaign,
            "slot": one.entry.slot,
            "matched": one.matched,
            "excluded": dict(one.excluded),
            "deferred": {"quiet_hours": one.deferred},
            "will_send": one.will_send,
            "held": one.held,
        }
        for one in report.plans
    ]
    missed = [{"campaign": one.campaign.name, "slot": one.slot} for one in report.missed]
    return {"runs": runs, "missed": missed, "outbox": dict(report.counts.by_state)}


def _tell(report: RunReport) -> None:
    console = output.out()
    for one in report.plans:
        name = f"{one.entry.campaign} {one.entry.slot}"
        if one.held:
            console.print(f"{name}: held: {one.held}", markup=False)
        else:
            console.print(
                f"{name}: {one.matched:,} matched, {one.will_send:,} to send, {one.deferred:,} wait",
                markup=False,
            )
    for gone in report.missed:
        console.print(
            f"{gone.campaign.name} {gone.slot}: missed, found too late to start; "
            f"`rekindle run {gone.campaign.name}` starts it all the same",
            markup=False,
        )
    if not report.plans and not report.missed:
        console.print("nothing new to plan")
    console.print(f"outbox: {counted(report.counts.by_state)}", markup=False)
    for channel, why in report.counts.troubles.items():
        output.err().print(f"{channel} could not send: {why}", markup=False)


def counted(by_state: Mapping[str, int]) -> str:
    """`65 accepted, 5 planned`, or that there is nothing."""
    return ", ".join(f"{number:,} {state}" for state, number in sorted(by_state.items())) or "empty"


def _needs_attention(report: RunReport, named: bool) -> bool:
    broken = any(problem.level == "error" for problem in report.problems)
    held = any(one.held for one in report.plans)
    return held or (broken and not named) or bool(report.counts.troubles)
