"""Ten rules over everybody, in one statement and one by one, beside one pass over the history by hand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Executable, Integer, cast, func, select

from benchmarks import floor_rules
from benchmarks.measure import Cost, in_child, interleaved, say, timed
from benchmarks.project import Project
from benchmarks.report import Line
from benchmarks.shop import NOW
from benchmarks.stores import Stores
from engine.cycle.plan import scope
from engine.rules.compiler import select_ids, select_verdicts
from engine.store.database import Database

#: Shipped ones: dates of orders, counts, sums, sign-ups, subscriptions, in every combination with `none`.
RULES = (
    "win-back a-year-silent quiet-90-days review-request thank-you first-order welcome "
    "subscription-cancelled account-expiring free-offer-ending"
).split()
_ROUNDS = 3


def lines(stores: Stores) -> Iterator[Line]:
    """All in one statement is what a cycle asks; one alone is what `audience` asks."""
    for database in stores.databases:
        here = stores.project(database)
        say(f"  {database}: rules")
        by_hand = partial(in_child, floor_rules.grouped_pass, here.url)
        costs = interleaved({"by hand": by_hand, "ten": partial(in_child, together, here)}, _ROUNDS)
        floor, ten = costs["by hand"].seconds, costs["ten"]
        yield Line("rules", f"ten in one statement, {ten.value:,} people", database, "s", ten.seconds,
                   "one grouped pass", floor, at_most=1.5, peak_mb=ten.peak_mb)  # fmt: skip
        singles = interleaved({name: partial(in_child, alone, here, name) for name in RULES}, 1)
        for name, cost in singles.items():
            yield Line("rules", f"{name} alone, {cost.value:,} people", database, "s", cost.seconds,
                       "one grouped pass", floor)  # fmt: skip


def together(here: Project) -> Cost:
    """Every rule's verdict on everybody; the value is how many people matched any of them."""
    app = here.open()
    audiences = {f"r{n}": app.book.campaign(name).audience for n, name in enumerate(RULES)}
    matched = select_verdicts(audiences, scope(app.conditions, app.moment(NOW), app.settings)).subquery()
    people: list[ColumnElement[Any]] = [func.sum(cast(matched.c[name], Integer)) for name in audiences]
    return _asked(app.store, select(func.count(), *people).select_from(matched))


def alone(here: Project, name: str) -> Cost:
    """One rule as `audience` asks it, but for the ids on their way to us."""
    app = here.open()
    audience = app.book.campaign(name).audience
    matched = select_ids(audience, scope(app.conditions, app.moment(NOW), app.settings)).subquery()
    return _asked(app.store, select(func.count()).select_from(matched))


def _asked(store: Database, statement: Executable) -> Cost:
    with store.read() as connection:
        return timed(lambda: connection.execute(statement).one()[0])
