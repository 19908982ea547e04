"""`status`, `deliveries`, `pause`, `resume`, `approve`: running it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import output
from engine.cli.commands.options import AsJson
from engine.cli.commands.run import counted
from engine.cli.program import app, program
from engine.durations import Calendar
from engine.errors import YoursToFix
from engine.text import did_you_mean, in_place, isolated

if TYPE_CHECKING:
    from rich.console import Console

All = Annotated[bool, typer.Option("--all", help="Everything, whoever asks.")]
Name = Annotated[str | None, typer.Argument(help="A campaign, or a channel (email, sms).")]


#: How a slot's state is told; an open run has been planned, and sends until its outbox is empty.
_RAN = {"open": "ran", "held": "held", "missed": "missed"}


#: Narrower than this, a screen holds of a campaign when it runs and ran, and `rules describe` has the rest.
_WIDE = 100


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
    again = "--all" if everything else scope
    output.out().print(f"paused: {scope}. Nothing more of it is sent until `rekindle resume {again}`")


@program.command()
def resume(
    name: Name = None,
    everything: All = False,
    restored: Annotated[
        bool, typer.Option("--restored", help="Work with a store that was brought back from a backup.")
    ] = False,
) -> None:
    """Let a paused campaign, channel or everything go on.

    With --restored: what waits in the older store may have gone out since, so what is promised at most
    once becomes unresolved, and what was due since is not run by itself.
    """
    if restored:
        _resume_restored(name is not None or everything)
        return
    scope = _scope(name, everything, "resume")
    output.out().print(f"resumed: {scope}" if app().resume(scope) else f"{scope} was not paused")


def _resume_restored(more: bool) -> None:
    if more:
        raise YoursToFix("`rekindle resume --restored` stands alone: it is about the store, not a campaign")
    done = app().resume_restored()
    console = output.out()
    console.print("resumed: from here on this store counts. What it does not know of cannot be told.")
    if done.unresolved:
        console.print(
            f"{done.unresolved:,} that waited in it may have gone out since, and are unresolved now; "
            "`rekindle resolve --campaign NAME not-sent --again` sends them all the same",
            markup=False,
        )
    if done.risky:
        console.print(f"{done.risky:,} promised at least once go all the same, and may go twice")
    if done.missed:
        runs = "1 run that was due is" if done.missed == 1 else f"{done.missed:,} runs that were due are"
        console.print(f"{runs} left out; `rekindle run NAME` starts one all the same", markup=False)


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
    here = app()
    rows = here.deliveries(state=state, campaign=campaign, customer=customer)
    if as_json:
        output.print_json_rows("deliveries", rows)
        return
    console, found = output.out(), False
    for row in rows:
        found = True
        why = f" ({in_place(row['reason'])})" if row["reason"] else ""
        name = f"  {row['id']}" if row["state"] in (State.UNKNOWN, State.UNRESOLVED) else ""
        console.print(
            f"{row['created_at']}  {row['campaign']}  {row['slot']}  {isolated(row['customer_id'])}  "
            f"{row['channel']} {isolated(row['to'])}  {row['state']}{why}{name}",
            markup=False,
        )
    if not found:
        strange = campaign is not None and campaign not in here.book.campaigns
        hint = f"; there is no campaign {campaign!r} ({did_you_mean(str(campaign), here.book.campaigns)})"
        output.err().print(f"no message fits{hint if strange else ''}", markup=False)
    elif state == State.UNRESOLVED:
        output.err().print("decide: `rekindle resolve ID sent|not-sent`, or --campaign NAME", markup=False)


@program.command()
def status(as_json: AsJson = False) -> int:
    """Campaigns and their next runs, the outbox by state, the channels, what is wrong.

    With --json: now, campaigns (campaign, describe, stage, schedule, next_run, last_slot,
    last_state, last_version), outbox (state: rows), older (campaign, waiting, version, number,
    file_version, file_number: messages that wait in another version than the files hold, which go
    out as they were planned), held (run, campaign, slot, reason), paused
    (scope, since, reason), resting (channel, until, reason: it goes on by itself), complaints
    (campaign, complaints, messages: of 30 days, where they are one in a thousand or more; at three the
    campaign is paused), channels, data_as_of, daemons (host, pid, state: running, silent or gone,
    started_at, seen_at, campaigns: versions at work, broken: edits not taken over), problems.
    """
    here = app()
    found = here.status()
    if as_json:
        output.print_json(found)
    else:
        _show(found, here.settings.brand.reckoning)
    unwell = [one for one in found["daemons"] if one["broken"] or one["state"] != "running"]
    return 1 if found["held"] or found["problems"] or unwell else 0


def _show(found: dict[str, Any], calendar: Calendar) -> None:
    from rich.table import Table

    from engine.telling.words import approvable, moment

    console = output.out()
    headings = ["campaign", "stage", "schedule", f"next run ({calendar.timezone})", "last slot"]
    shown = [0, 1, 2, 3, 4] if console.width >= _WIDE else [0, 3, 4]
    table = Table(box=None, pad_edge=False)
    for column in shown:
        table.add_column(headings[column], no_wrap=column < 2, overflow="fold")
    for one in found["campaigns"]:
        slot = f"{one['last_slot']} ({_RAN[one['last_state']]})" if one["last_slot"] else "never"
        following = moment(one["next_run"], calendar) if one["next_run"] else "never"
        row = (one["campaign"], one["stage"], one["schedule"], following, slot)
        table.add_row(*(row[column] for column in shown))
    console.print(table)
    by = ", ".join(f"{name} by {channel['provider']}" for name, channel in found["channels"].items())
    console.print(f"channels: {by}", markup=False)
    console.print(f"outbox: {counted(found['outbox'])}")
    for one in found["older"]:
        console.print(_older(one), markup=False)
    fresh = found["data_as_of"] and moment(found["data_as_of"], calendar)
    console.print(f"orders and events last came in: {fresh}" if fresh else "no orders or events yet")
    for one in found["held"]:
        console.print(f"held: {one['campaign']} {one['slot']}: {one['reason']}", markup=False)
        if approvable({"held": one["reason"]}):
            console.print(f"  rekindle approve {one['run']}", markup=False)
    _show_stopped(found, console, calendar)
    for one in found["daemons"]:
        who = f"daemon {one['pid']} on {one['host']}"
        console.print(f"{who}: {one['state']}, last seen {one['seen_at']}", markup=False)
        for fault in one["broken"]:
            console.print(f"  not taken over: {fault}", markup=False)
    for problem in found["problems"]:
        console.print(in_place(problem), markup=False)


def _show_stopped(found: dict[str, Any], console: Console, calendar: Calendar) -> None:
    """What does not send: paused by somebody, resting by itself, or near it."""
    from engine.telling.words import moment

    for one in found["paused"]:
        name, since = one["scope"].rpartition(":")[2], moment(one["since"], calendar)
        console.print(f"paused: {name} since {since} {in_place(one['reason'])}".rstrip(), markup=False)
    for one in found["resting"]:
        until = moment(one["until"], calendar)
        console.print(f"resting: {one['channel']} until {until}: {in_place(one['reason'])}", markup=False)
    for one in found["complaints"]:
        told = f"{one['complaints']:,} of {one['messages']:,} messages of 30 days were complained about"
        console.print(
            f"complaints: {one['campaign']}: {told}; from a hundred messages on, 0.3% pauses it", markup=False
        )


def _older(one: dict[str, Any]) -> str:
    """`win-back: 12 wait in version 3, and go out as it says; the file is version 4, for the next run`."""
    files = f"the file is version {one['file_number']}, for the next run"
    now = files if one["file_number"] else "no file holds a version that can run"
    verb, go = ("waits", "goes") if one["waiting"] == 1 else ("wait", "go")
    kept = f"{one['waiting']:,} {verb} in version {one['number'] or one['version']}, and {go} out as it says"
    return f"  {one['campaign']}: {kept}; {now}"
