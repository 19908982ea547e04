"""Explain and audience are one: every customer's tree is what the statement says of them."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, insert, select

from engine.cycle.foresight import own_times
from engine.durations import Calendar, Duration
from engine.rules.compiler import Scope
from engine.rules.condition import CONDITIONS
from engine.rules.explain import Truth, select_truths, truths, turns
from engine.rules.sources import customer, event, line, order, subscription, tag
from engine.rules.turning import crossings
from engine.store.database import Database, table
from engine.store.people import Consent
from engine.store.types import ALWAYS
from tests.rules import edges
from tests.rules.stores import condition, ids, store

SEGMENTS = {"british": condition("country: GB"), "keen": condition("orders: {count: {at_least: 2}}")}
CLAUSES = [
    CONDITIONS[key].example.replace("segment: staff", "segment: keen") for key in CONDITIONS if key != "all"
]
CLAUSES += [
    "country: GB",
    "segment: british",
    "orders: {count: 0, within: 90 days}",
    "bought: {category: دمنوش, count: {less_than: 2}}",
    "last_purchase: {never: true}",
    "tag: {exists: false}",
    "attribute: {name: since, within: 90 days}",
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("explain")
    with store(request.param, folder, request) as database:
        edges.fill(database)
        yield database


#: More of everything, for a long look: REKINDLE_LAW=20 pytest tests/rules/test_explain.py
TIMES = int(os.environ.get("REKINDLE_LAW", "1"))
leaf = st.sampled_from([clause for clause in CLAUSES if "\n" not in clause])
rule = st.recursive(
    leaf.map(lambda text: "{" + text + "}"),
    lambda inner: st.builds(
        lambda word, parts: "{" + word + ": [" + ", ".join(parts) + "]}",
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


def _sound(tree: Truth) -> None:
    """A group is what its parts make it, and the clauses that are named are the reason."""
    if tree.joined in ("all", "any"):
        assert tree.holds == (all if tree.joined == "all" else any)(one.holds for one in tree.children)
    assert tree.text
    decisive = tree.decisive()
    assert decisive
    assert all(one.holds == tree.holds for one in decisive)
    for one in tree.children:
        _sound(one)


@settings(max_examples=20 * TIMES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=rule, moment=st.sampled_from(edges.MOMENTS), cut=st.booleans())
def test_the_root_is_the_audience(shop: Database, text: str, moment: datetime, cut: bool) -> None:
    found = condition(text)
    scope = Scope(moment, currency="GBP", segments=SEGMENTS, cut_ledger=cut)
    matched = ids(shop, found, scope)
    with shop.read() as connection:
        trees = truths(connection, found, scope, edges.CUSTOMERS)
    assert set(trees) == set(edges.CUSTOMERS)
    assert {name for name, tree in trees.items() if tree.holds} == matched
    for tree in trees.values():
        _sound(tree)


WITNESSED = {
    "country: GB": "country GB",
    "city: Bath": "no city on record",
    "tag: vip": "tagged gold, vip",
    "attribute: {name: plan_size, at_least: 5}": "plan_size 7",
    "attribute: {name: colour, is: red}": "no colour on record",
    "signed_up: {within: 1 year}": "signed up 2026-01-01, 165 days ago",
    "last_seen: {within: 7 days}": "last seen 2026-06-15 09:00, 3 hours ago",
    "first_purchase: {ever: true}": "first purchase 2026-03-01 12:00, 106 days ago",
    "last_purchase: {within: 7 days}": "last purchase 2026-06-13 12:00, 2 days ago",
    "orders: {count: {at_least: 3}}": "2 orders, the last on 2026-06-13 12:00, 2 days ago",
    "orders: {within: 7 days}": "1 such order, on 2026-06-13 12:00, 2 days ago",
    "orders: {where: {status: cancelled}}": "no such order",
    "spend: {total: {at_least: 100}}": "spent 30.05 GBP",
    "average_order: {value: {at_least: 10}}": "15.02 GBP on average, over 2 orders",
    "bought: {sku: 22423}": "1 such order, on 2026-06-13 12:00, 2 days ago",
    "did: cart_updated": "once on 2026-06-15 09:00, 3 hours ago",
    "did: opened_app": "never",
    "subscription: {kind: account}": "account gold; active; started 2026-01-01, 165 days ago;"
    " expires 2026-06-25 12:00, in 10 days; 9.99 GBP a month",
    "subscription: {kind: trial}": "has no trial",
    "consent: {channel: email, is: subscribed}": "unsubscribed",
    "consent: {channel: sms, is: subscribed}": "never asked",
    "segment: keen": "2 orders, the last on 2026-06-13 12:00, 2 days ago",
    "none: [country: GB]": "country GB",
}


def _one(database: Database) -> None:
    """One customer of whom everything is known."""
    started = datetime(2026, 1, 1, tzinfo=UTC)
    me = {"customer_id": "me"}
    ordered = {"currency": "GBP", "status": "completed"}
    rows: dict[Table, list[dict[str, Any]]] = {
        customer: [
            me
            | {"country": "GB", "bucket": 1, "created_at": started}
            | {"attributes": {"plan_size": ["7", 7.0, None]}}
        ],
        tag: [me | {"tag": "vip"}, me | {"tag": "gold"}],
        order: [
            me | ordered | {"order_id": "1", "ordered_at": edges.NOW - timedelta(days=106), "amount": 1000},
            me | ordered | {"order_id": "2", "ordered_at": edges.NOW - timedelta(days=2), "amount": 2005},
        ],
        line: [me | {"order_id": "2", "line_key": "k", "ordinal": 0, "sku": "22423"}],
        event: [
            me | {"event_id": "1", "event": "cart_updated", "occurred_at": edges.NOW - timedelta(hours=3)}
        ],
        subscription: [
            me
            | {"subscription_id": "s", "kind": "account", "plan": "gold", "status": "active"}
            | {"valid_from": ALWAYS, "started_at": started, "expires_at": edges.NOW + timedelta(days=10)}
            | {"monthly_price": 999, "currency": "GBP"}
        ],
        table(Consent): [me | {"channel": "email", "at": started, "status": "unsubscribed"}],
    }
    with database.write() as connection:
        for into, values in rows.items():
            connection.execute(insert(into), values)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("one"), request) as database:
        _one(database)
        yield database


def test_each_clause_shows_the_customers_own_value(one: Database) -> None:
    scope = Scope(edges.NOW, currency="GBP", segments=SEGMENTS)
    with one.read() as connection:
        told = {
            text: truths(connection, condition(text), scope, ["me", "nobody"])["me"].value
            for text in WITNESSED
        }
    assert told == WITNESSED


def test_every_condition_shows_something_of_somebody(shop: Database) -> None:
    scope = Scope(edges.NOW, currency="GBP", segments=SEGMENTS)
    silent = []
    with shop.read() as connection:
        for text in CLAUSES:
            trees = truths(connection, condition(text), scope, edges.CUSTOMERS[:3])
            leaves = [leaf for tree in trees.values() for _, leaf in tree.walk() if not leaf.joined]
            silent += [text for leaf in leaves if not leaf.value]
    assert set(silent) == {"everyone: true"}


def test_somebody_who_is_no_customer_yet_is_told_so(one: Database) -> None:
    scope = Scope(datetime(2025, 1, 1, tzinfo=UTC), currency="GBP")
    with one.read() as connection:
        tree = truths(connection, condition("none: [country: IE]"), scope, ["me"])["me"]
    assert not tree.holds
    assert [(leaf.text, leaf.holds) for leaf in tree.children] == [
        ("a customer before 2025-01-01", False),
        ("country is not IE", True),
    ]


SPANS = [
    "orders: {count: {less_than: 2}, within: 3 months}",
    "last_seen: {ago: {at_least: 1 month, at_most: 90 days}}",
    "subscription: {expires: {in_next: 14 days}}",
    "subscription: {status: active}",
    "order_trend: {window: 30 days, ratio: {at_least: 1}}",
    "attribute: {name: since, older_than: 1 year}",
]
timed = st.sampled_from([*SPANS, *(one for one in CLAUSES if "\n" not in one and not one.startswith("rank"))])


@settings(max_examples=12 * TIMES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=timed, who=st.sampled_from(edges.CUSTOMERS), data=st.data())
def test_a_rule_turns_at_its_turns_and_never_between(
    shop: Database, text: str, who: str, data: st.DataObject
) -> None:
    """Nothing new happens: from one turn to the next the rule says the same."""
    found = condition(text)
    now = Scope(edges.NOW, currency="GBP", segments=SEGMENTS, only=(who,))
    with shop.read() as connection:
        row = connection.execute(select(customer).where(customer.c.customer_id == who)).one()
        times = own_times(connection, row, edges.NOW - timedelta(days=1000))
        assert times is not None
        told = connection.execute(select_truths(found, now, [who])).mappings().one()
        later = turns(found, now, dict(told), times)
    assert later is not None
    assert all(turn > edges.NOW for turn in later)
    bounds = [edges.NOW, *sorted(one for one in later if one < edges.NOW + timedelta(days=900))]
    number = data.draw(st.integers(0, len(bounds) - 1))
    end = bounds[number + 1] if number + 1 < len(bounds) else edges.NOW + timedelta(days=1000)
    between = data.draw(st.datetimes(naive(bounds[number]), naive(end - TICK))).replace(tzinfo=UTC)
    said = {
        bool(ids(shop, found, replace(now, as_of=at, known=edges.NOW)))
        for at in (bounds[number], between, end - TICK)
    }
    assert len(said) == 1, (bounds[number], between, end)


TICK = timedelta(milliseconds=1)


def naive(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("at", "span", "expected"),
    [
        ("2026-01-31T10:00", "1 month", "2026-03-01T00:00"),
        ("2026-02-28T10:00", "1 month", "2026-03-28T10:00"),
        ("2024-02-29T10:00", "1 year", "2025-03-01T00:00"),
        ("2026-01-01T10:00", "30 days", "2026-01-31T10:00"),
    ],
)
def test_a_length_is_crossed_where_the_calendar_says(at: str, span: str, expected: str) -> None:
    instant, calendar = datetime.fromisoformat(at).replace(tzinfo=UTC), Calendar("UTC")
    first = crossings(instant, Duration.parse(span), calendar)[0]
    assert first.replace(tzinfo=None) == datetime.fromisoformat(expected)
