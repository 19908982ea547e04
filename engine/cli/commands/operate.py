"""`status`, `deliveries`, `pause`, `resume`, `approve`: running it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.commands.run import counted
from engine.cli.program import app, program
from engine.errors import YoursToFix

All = Annotated[bool, typer.Option("--all", help="Everything, whoever asks.")]
Name = Annotated[str | None, typer.Argument(help="A campaign, or a channel (email, sms).")]


def _scope(name: str | None, everything: bool, verb: str) -> str:
    if (name is None) == (not everything):
        raise YoursToFix(f"say what: `rekindle {verb} NAME` or `rekindle {verb} --all`")
    return "all" if everything else str(name)


@program.command()
def pause(
    name: Name = None,
    everything: All = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who ask `status`.")] = "",
) -> None:
    """Stop a campaign, a channel or everything, at once, from anywhere that reaches the store."""
    scope = _scope(name, everything, "pause")
    app().pause(scope, reason)
    output.out().print(f"paused: {scope}. Nothing more of it is sent until `rekindle resume`")


@program.command()
def resume(name: Name = None, everything: All = False) -> None:
    """Let a paused campaign, channel or everything go on."""
    scope = _scope(name, everything, "resume")
    output.out().print(f"resumed: {scope}" if app().resume(scope) else f"{scope} was not paused")


@program.command()
def approve(run: Annotated[str, typer.Argument(help="A held run, from `status`.")]) -> None:
    """Let a held run go. The daemon, or the next `rekindle run`, sends it."""
    held = app().approve(run)
    output.out().print(
        f"approved {held['campaign']} {held['slot']} ({held['held']}); "
        f"`rekindle run {held['campaign']}` sends it now, a daemon soon",
        markup=False,
    )


@program.command()
def deliveries(
    state: Annotated[str | None, typer.Option("--state", help="planned, accepted, unknown, ...")] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help="Only this campaign's.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", help="Only this customer's.")] = None,
    as_json: AsJson = False,
) -> None:
    """The ledger: every message that was promised, and what became of it."""
    from engine.vocabulary import State

    if state is not None and state not in list(State):
        raise YoursToFix(f"there is no state {state!r}; known: {', '.join(State)}")
    rows = app().deliveries(state=state, campaign=campaign, customer=customer)
    if as_json:
        output.print_json_rows("deliveries", rows)
        return
    console = output.out()
    for row in rows:
        why = f" ({row['reason']})" if row["reason"] else ""
        console.print(
            f"{row['created_at']}  {row['campaign']}  {row['slot']}  {row['customer_id']}  "
            f"{row['channel']} {row['to']}  {row['state']}{why}",
            markup=False,
        )


@program.command()
def status(as_json: AsJson = False) -> int:
    """Campaigns and their next runs, the outbox by state, the channels, what is wrong.

    With --json: now, campaigns (campaign, describe, stage, schedule, next_run, last_slot,
    last_state, last_version), outbox (state: rows), held (run, campaign, slot, reason), paused
    (scope, since, reason), channels, data_as_of, daemons (host, pid, state: running, silent or
    gone, started_at, seen_at, campaigns: versions at work, broken: edits not taken over), problems.
    """
    found = app().status()
    if as_json:
        output.print_json(found)
    else:
        _show(found)
    unwell = [one for one in found["daemons"] if one["broken"] or one["state"] != "running"]
    return 1 if found["held"] or found["problems"] or unwell else 0


def _show(found: dict[str, Any]) -> None:
    from rich.table import Table

    console = output.out()
    table = Table(box=None, pad_edge=False)
    for heading in ("campaign", "stage", "schedule", "next run (UTC)", "last slot"):
        table.add_column(heading, no_wrap=heading != "schedule")
    for one in found["campaigns"]:
        slot = f"{one['last_slot']} ({one['last_state']})" if one["last_slot"] else "never"
        following = (one["next_run"] or "never").removesuffix(":00Z").replace("T", " ")
        table.add_row(one["campaign"], one["stage"], one["schedule"], following, slot)
    console.print(table)
    console.print(f"outbox: {counted(found['outbox'])}")
    fresh = found["data_as_of"]
    console.print(f"orders and events last came in: {fresh}" if fresh else "no orders or events yet")
    for one in found["held"]:
        console.print(f"held: {one['campaign']} {one['slot']}: {one['reason']}", markup=False)
        console.print(f"  rekindle approve {one['run']}", markup=False)
    for one in found["paused"]:
        console.print(f"paused: {one['scope']} since {one['since']} {one['reason']}", markup=False)
    for one in found["daemons"]:
        who = f"daemon {one['pid']} on {one['host']}"
        console.print(f"{who}: {one['state']}, last seen {one['seen_at']}", markup=False)
        for fault in one["broken"]:
            console.print(f"  not taken over: {fault}", markup=False)
    for problem in found["problems"]:
        console.print(problem, markup=False)
