"""Ten and twenty rules over everybody in one statement, and each alone, beside passes written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Executable, Integer, cast, func, select

from benchmarks import floor_answers, floor_rules
from benchmarks.measure import Cost, in_child, interleaved, say, timed
from benchmarks.project import Project
from benchmarks.report import Line
from benchmarks.shop import NOW
from benchmarks.stores import Stores
from engine import document
from engine.app import App
from engine.cycle.plan import scope
from engine.rules.compiler import select_ids, select_verdicts
from engine.rules.condition import Condition, Reading, parse
from engine.store.database import Database

#: Shipped ones: dates of orders, counts, sums, sign-ups, subscriptions, in every combination with `none`.
RULES = (
    "win-back a-year-silent quiet-90-days review-request thank-you first-order welcome "
    "subscription-cancelled account-expiring free-offer-ending"
).split()
#: Ten more that compare customers with one another, with what they did before, and with the calendar.
MORE = {
    "birthday": "birthday: {in_next: 7 days}",
    "declining": "order_trend: {window: 90 days, ratio: {less_than: 0.5}}",
    "growing": "order_trend: {window: 6 months, ratio: {at_least: 2}}",
    "overdue": "overdue: {by: 2, min_orders: 3}",
    "top-spenders": "rank: {by: spend, top: 10%}",
    "best-of-the-year": "rank: {by: average_order, top: 5%, within: 1 year}",
    "champions": "rfm: champions",
    "at-risk": "rfm: at_risk",
    "cannot-lose": "rfm: cannot_lose",
    "quiet-since": "after_event: {did: order_placed, but_not: cart_updated, waited: 1 day, within: 30 days}",
}
_ROUNDS = 3


def lines(stores: Stores) -> Iterator[Line]:
    """All in one statement is what a cycle asks; one alone is what `audience` asks."""
    for database in stores.databases:
        here = stores.project(database)
        say(f"  {database}: rules")
        works = {
            "a pass over orders": partial(in_child, floor_rules.grouped_pass, here.url),
            "ten": partial(in_child, together, here),
            "ten by hand": partial(in_child, floor_answers.ten, here.url),
            "a pass a table": partial(in_child, floor_rules.every_table, here.url),
            "twenty": partial(in_child, together, here, MORE),
            "twenty by hand": partial(in_child, floor_answers.twenty, here.url),
        }
        costs = interleaved(works, _ROUNDS)
        floor = costs["a pass over orders"].seconds
        yield from _beside(costs, "ten", database, "a pass over orders", at_most=1.5)
        yield from _beside(costs, "twenty", database, "a pass a table")
        singles = interleaved({name: partial(in_child, alone, here, name) for name in (*RULES, *MORE)}, 1)
        for name, cost in singles.items():
            yield Line("rules", f"{name} alone, {cost.value[0]:,} people", database, "s", cost.seconds,
                       "a pass over orders, no answer", floor)  # fmt: skip


def _beside(
    costs: Mapping[str, Cost], name: str, database: str, read: str, at_most: float | None = None
) -> Iterator[Line]:
    """Beside the same answers by hand, which must be the same, and beside what it costs to read at all."""
    ours, hand = costs[name], costs[f"{name} by hand"]
    if ours.value != hand.value:
        raise SystemExit(f"{name} rules find {ours.value}, by hand {hand.value}")
    told = f"{name} in one statement, {ours.value[0]:,} people"
    yield Line("rules", told, database, "s", ours.seconds,
               "the same answers by hand", hand.seconds, at_most=1.5, peak_mb=ours.peak_mb)  # fmt: skip
    yield Line("rules", told, database, "s", ours.seconds,
               f"{read}, no answer", costs[read].seconds, at_most=at_most)  # fmt: skip


def together(here: Project, more: Mapping[str, str] | None = None) -> Cost:
    """Every rule's verdict on everybody; the value is how many matched any of them, and each."""
    app = here.open()
    rules = [_rule(app, name) for name in (*RULES, *(more or ()))]
    audiences = {f"r{n}": rule for n, rule in enumerate(rules)}
    matched = select_verdicts(audiences, scope(app.conditions, app.moment(NOW), app.settings)).subquery()
    people: list[ColumnElement[Any]] = [func.sum(cast(matched.c[name], Integer)) for name in audiences]
    return _asked(app.store, select(func.count(), *people).select_from(matched))


def alone(here: Project, name: str) -> Cost:
    """One rule as `audience` asks it, but for the ids on their way to us."""
    app = here.open()
    asked = select_ids(_rule(app, name), scope(app.conditions, app.moment(NOW), app.settings))
    return _asked(app.store, select(func.count()).select_from(asked.subquery()))


def _rule(app: App, name: str) -> Condition:
    if name not in MORE:
        return app.book.campaign(name).audience
    brand = app.settings.brand
    read = document.parse(MORE[name], f"{name}.yaml")
    return parse(read, (), Reading(brand.reckoning, brand.currency))


def _asked(store: Database, statement: Executable) -> Cost:
    with store.read() as connection:
        return timed(lambda: tuple(connection.execute(statement).one()))
