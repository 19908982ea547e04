"""The whole way from the ledger to a server and back, beside loops that only render and send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks import floor_enqueue, floor_render, floor_send, project
from benchmarks.measure import Cost, in_child, interleaved, say, timed, together
from benchmarks.planning import plan
from benchmarks.project import Project
from benchmarks.report import Line
from benchmarks.sink import Sink
from benchmarks.stores import Stores

_SHARE, _LARGE_SHARE, _ROUNDS = 0.018, 0.24, 3
_FLOORS = {"pipelined": 10_000, "plain": 1_500}


def lines(stores: Stores) -> Iterator[Line]:
    """One process, two processes, and memory at ten times as many messages."""
    name = project.campaign(stores.root, _SHARE)
    templates = stores.root / "templates"
    works = {kind: partial(_by_hand, kind, templates) for kind in _FLOORS}
    for database in stores.databases:
        works[database] = partial(_send, stores.project(database), name)
        works[f"{database}, two"] = partial(_send, stores.project(database), name, 2)
    say("  sending")
    costs = interleaved(works, _ROUNDS)
    rates = {kind: cost.value / cost.seconds for kind, cost in costs.items()}
    yield Line("send", "by hand: render, bytes, pipelined SMTP", "none", "messages/s", rates["pipelined"],
               "EmailMessage, smtplib", rates["plain"], peak_mb=costs["pipelined"].peak_mb)  # fmt: skip
    for database in stores.databases:
        yield from _judged(database, rates, costs)


def _judged(database: str, rates: dict[str, float], costs: dict[str, Cost]) -> Iterator[Line]:
    one, two = costs[database], costs[f"{database}, two"]
    rate = rates[database]
    yield Line("send", f"whole dispatch of {one.value:,}", database, "messages/s", rate,
               "by hand, pipelined", rates["pipelined"], at_least=0.25, peak_mb=one.peak_mb)  # fmt: skip
    yield Line("send", "the same", database, "messages/s", rate,
               "EmailMessage, smtplib", rates["plain"], at_least=1)  # fmt: skip
    yield Line("send", "two processes on one store", database, "messages/s", rates[f"{database}, two"],
               "one process", rate, at_least=1.6, peak_mb=two.peak_mb)  # fmt: skip
    yield Line("send", "processor time a message, children included", database, "us",
               one.cpu / one.value * 1e6, "by hand, pipelined",
               costs["pipelined"].cpu / costs["pipelined"].value * 1e6)  # fmt: skip


def memory(stores: Stores) -> Iterator[Line]:
    """The largest memory of a run, at some messages and at ten times as many."""
    for database in stores.databases:
        here, costs = stores.project(database), []
        for share in (_SHARE, _LARGE_SHARE):
            name = project.campaign(stores.root, share)
            costs.append(_send(here, name))
            say(f"    {database}: {costs[-1].value:,} messages, {costs[-1].peak_mb:.0f} MB")
        small, large = costs
        yield Line("memory", f"a run of {large.value:,} messages", database, "MB", large.peak_mb,
                   f"{small.value:,} messages", small.peak_mb, at_most=1.1)  # fmt: skip
        yield Line("memory", "its largest renderer", database, "MB", large.children_mb,
                   f"{small.value:,} messages", small.children_mb, at_most=1.1)  # fmt: skip


def _send(here: Project, name: str, processes: int = 1) -> Cost:
    """Plans the campaign into an empty ledger, and sends it with so many processes to a fresh sink."""
    floor_enqueue.clear(here.url)
    planned = in_child(plan, here, name).value
    with Sink() as sink:
        sender = replace(here.later(minutes=1), port=sink.port)
        costs = together(dispatch, [(sender, name)] * processes)
    taken = sink.taken
    accepted = in_child(accepted_in, here, name).value
    if not planned == taken.messages == taken.different == accepted:
        raise SystemExit(f"planned {planned}, the ledger says {accepted} accepted, the sink took {taken}")
    slowest = max(costs, key=lambda cost: cost.seconds)
    return replace(slowest, cpu=sum(cost.cpu for cost in costs), value=planned)


def dispatch(here: Project, name: str) -> Cost:
    """What `rekindle run` does after planning."""
    app = here.open()
    return timed(lambda: dict(app.dispatch([name]).by_state))


def accepted_in(here: Project, name: str) -> int:
    """What the ledger says was accepted."""
    from sqlalchemy import func, select

    from engine.outbox.transitions import delivery

    with here.open().store.read() as connection:
        wanted = delivery.c.campaign == name, delivery.c.state == "accepted"
        return int(connection.execute(select(func.count()).where(*wanted)).scalar_one())


def _by_hand(kind: str, templates: Path) -> Cost:
    with Sink() as sink:
        cost = in_child(by_hand, kind, templates, sink.port)
    if not cost.value == sink.taken.messages == sink.taken.different:
        raise SystemExit(f"sent {cost.value}, the sink took {sink.taken}")
    return cost


def by_hand(kind: str, templates: Path, port: int) -> Cost:
    """One of the bare loops, its templates compiled beforehand."""
    way = floor_send.plain if kind == "plain" else floor_send.pipelined
    made = floor_render.letters(templates, _FLOORS[kind] + 12)
    list(islice(made, 12))
    return timed(lambda: way(port, made))
