"""From a campaign to rows in the ledger: the whole commit, and its last step alone, beside a bare insert."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy import column, table

from benchmarks import floor_enqueue, project
from benchmarks.measure import Cost, in_child, interleaved, say, timed
from benchmarks.project import Project
from benchmarks.report import Line
from benchmarks.stores import Stores
from engine.outbox.enqueue import enqueue
from engine.store.database import Database
from engine.store.ledger import Delivery

_SHARE, _ROUNDS = 0.24, 3


def lines(stores: Stores) -> Iterator[Line]:
    """About one customer in five is promised a message."""
    name = project.campaign(stores.root, _SHARE)
    for database in stores.databases:
        say(f"  {database}: planning")
        yield from _of(stores.project(database), name, database)


def _of(here: Project, name: str, database: str) -> Iterator[Line]:
    floor_enqueue.clear(here.url)
    in_child(plan, here, name)
    rows = floor_enqueue.keep(here.url)
    again: list[Cost] = []

    def commit() -> Cost:
        floor_enqueue.clear(here.url)
        first = in_child(plan, here, name)
        again.append(in_child(plan_next, here, name))
        return first

    costs = interleaved(
        {
            "bare insert": partial(_cleared, floor_enqueue.insert, here.url),
            "enqueue": partial(_cleared, enqueue_ready, here.url),
            "commit": commit,
        },
        _ROUNDS,
    )
    counted = {key: cost.value for key, cost in costs.items()}
    if set(counted.values()) != {rows} or any(cost.value for cost in again):
        raise SystemExit(f"not the same rows: {rows} {counted} {[cost.value for cost in again]}")
    bare = rows / costs["bare insert"].seconds
    yield Line("plan", f"enqueue of {rows:,} rows", database, "rows/s", rows / costs["enqueue"].seconds,
               "bare insert", bare, at_least=0.5, peak_mb=costs["enqueue"].peak_mb)  # fmt: skip
    yield Line("plan", "whole commit: rule, gates, enroll, enqueue", database, "rows/s",
               rows / costs["commit"].seconds, "bare insert", bare,
               peak_mb=costs["commit"].peak_mb)  # fmt: skip
    second = min(again, key=lambda cost: cost.seconds)
    yield Line("plan", "the same again, nothing new", database, "s", second.seconds, "the first",
               costs["commit"].seconds, at_most=0.6, peak_mb=second.peak_mb)  # fmt: skip
    floor_enqueue.clear(here.url)
    floor_enqueue.forget(here.url)


def _cleared(work: object, url: str) -> Cost:
    floor_enqueue.clear(url)
    return in_child(work, url)  # type: ignore[arg-type]


def plan(here: Project, name: str) -> Cost:
    """Plans the campaign's slot; the value is how many will be written to."""
    app = here.open()
    app.book  # noqa: B018  read before the clock starts
    cost = timed(lambda: app.plan_due([name]))
    plans, _ = cost.value
    return Cost(cost.seconds, cost.cpu, 0, 0, sum(one.will_send for one in plans))


def plan_next(here: Project, name: str) -> Cost:
    """Plans the next slot, a quarter of an hour later."""
    return plan(here.later(minutes=15), name)


def enqueue_ready(url: str) -> Cost:
    """`outbox.enqueue` of the rows that were put aside."""
    database = Database(url)
    needed = (
        "customer_id campaign version slot subject step channel template kind topic priority promise "
        "address not_before created_at"
    ).split()
    kinds = Delivery.__table__.c  # type: ignore[attr-defined]
    ready = table(floor_enqueue.READY, *(column(one, kinds[one].type) for one in needed))

    def work() -> None:
        with database.write() as connection:
            enqueue(connection, ready.select())

    cost = timed(work)
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM delivery").scalar_one()
    database.close()
    return Cost(cost.seconds, cost.cpu, 0, 0, rows)
