"""Rank, RFM scores and rhythms on shops so small that one can count: ties, one customer, none at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert

from engine.rules.compiler import Scope
from engine.rules.sources import customer, order
from engine.store.database import Database
from tests.rules.edges import NOW
from tests.rules.stores import condition, ids, store

#: What somebody ordered: days ago and pence, or more of that with a currency or a status.
Bought = tuple[Any, ...]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("comparisons"), request) as found:
        yield found


def fill(database: Database, shop: dict[str, list[Bought]], created: datetime | None = None) -> None:
    """The shop's customers and orders, in place of those that were there; z comes when `created` says."""
    orders = [_order(name, *bought) for name, each in shop.items() for bought in each]
    for number, one in enumerate(orders):
        one["order_id"] = f"o{number}"
    with database.write() as connection:
        connection.execute(delete(order))
        connection.execute(delete(customer))
        for name in shop:
            row = {"customer_id": name, "bucket": 0, "created_at": created if name == "z" else None}
            connection.execute(insert(customer), row)
        if orders:
            connection.execute(insert(order), orders)


def _order(
    name: str, days: float, amount: int, currency: str = "GBP", status: str = "completed"
) -> dict[str, Any]:
    at = NOW - timedelta(days=days)
    row = {"customer_id": name, "ordered_at": at, "amount": amount, "currency": currency}
    return {**row, "status": status}


def found(database: Database, text: str) -> str:
    return "".join(sorted(ids(database, condition(text), Scope(NOW, currency="GBP"))))


ONE_EACH = {"a": [(1, 100)], "b": [(2, 200)], "c": [(3, 300)], "d": [(4, 300)], "e": [(5, 400)]}


@pytest.mark.parametrize(
    ("shop", "text", "expected"),
    [
        # Ties are in, on either end; of five the 75th percentile is the fourth, of which there are two.
        (ONE_EACH, "rank: {by: spend, top: 25%}", "cde"),
        (ONE_EACH, "rank: {by: spend, top: 24%}", "e"),
        (ONE_EACH, "rank: {by: spend, top: 0.01%}", "e"),
        (ONE_EACH, "rank: {by: spend, top: 100%}", "abcde"),
        (ONE_EACH, "rank: {by: spend, bottom: 20%}", "a"),
        (ONE_EACH, "rank: {by: spend, bottom: 50%}", "abcd"),
        (ONE_EACH, "rank: {by: orders, top: 1%}", "abcde"),
        (ONE_EACH, "rank: {by: orders, bottom: 1%}", "abcde"),
        # Only those with an order in the window are compared.
        (ONE_EACH, "rank: {by: spend, top: 50%, within: 2 days}", "b"),
        (ONE_EACH, "rank: {by: spend, top: 50%, before: 2020-01-01}", ""),
        ({"a": [(1, 100)]}, "rank: {by: spend, top: 1%}", "a"),
        ({"a": [(1, 100)]}, "rank: {by: spend, bottom: 1%}", "a"),
        ({"a": []}, "rank: {by: orders, bottom: 100%}", ""),
        # Money in another currency is none, yet its orders make one of the population; not for an average.
        ({"a": [(1, 9000, "EUR")], "b": [(1, 1)]}, "rank: {by: spend, bottom: 1%}", "a"),
        ({"a": [(1, 9000, "EUR")], "b": [(1, 1)]}, "rank: {by: average_order, bottom: 1%}", "b"),
        ({"a": [(1, 9, "GBP", "cancelled")], "b": [(1, 1)]}, "rank: {by: orders, top: 100%}", "b"),
        # 100/3 is more than 99/3, and refunds make an average below nothing: -7/2 is less than -5/2.
        ({"a": [(1, 50), (2, 50), (3, 0)], "b": [(1, 33)]}, "rank: {by: average_order, top: 1%}", "a"),
        ({"a": [(1, -7), (2, 0)], "b": [(1, -5), (2, 0)]}, "rank: {by: average_order, top: 1%}", "b"),
        ({"a": [(1, -1), (2, 0)], "b": [(1, 1), (2, 0)]}, "rank: {by: average_order, bottom: 1%}", "a"),
    ],
)
def test_a_rank_is_a_share_of_those_who_bought(
    database: Database, shop: dict[str, list[Bought]], text: str, expected: str
) -> None:
    fill(database, shop)
    assert found(database, text) == expected


SEVEN = {name: [(7, 500)] for name in "gfedcba"}
SCORES = [f"rfm: {{recency: {score}}}" for score in range(1, 6)]


@pytest.mark.parametrize(
    ("shop", "expected"),
    [
        # All alike: by id, and the first parts are larger by one.
        (SEVEN, ["ab", "cd", "e", "f", "g"]),
        ({"B": [(1, 1)], "a": [(1, 1)], "Z": [(1, 1)], "é": [(1, 1)]}, ["B", "Z", "a", "é", ""]),
        ({"a": [(1, 100)]}, ["a", "", "", "", ""]),
        ({"a": [(1, 100)], "b": [(2, 100)]}, ["b", "a", "", "", ""]),
        ({"a": [], "b": [(1, 1, "GBP", "cancelled")]}, ["", "", "", "", ""]),
    ],
)
def test_quintiles_are_cut_as_ntile_cuts(
    database: Database, shop: dict[str, list[Bought]], expected: list[str]
) -> None:
    fill(database, shop)
    assert [found(database, text) for text in SCORES] == expected


def test_whoever_is_no_customer_yet_is_compared_with_nobody(database: Database) -> None:
    fill(database, {"a": [(1, 100)], "b": [(1, 200)], "z": [(1, 900)]}, created=NOW)
    assert found(database, "rank: {by: spend, top: 1%}") == "b"
    assert found(database, "rfm: {monetary: 2}") == "b"
    assert found(database, "rfm: {monetary: {at_least: 3}}") == ""


def test_a_customer_is_in_the_first_group_that_fits(database: Database) -> None:
    """Ten who are sorted alike in all three respects: scores 1 1, 2 2, ... 5 5."""
    shop: dict[str, list[Bought]] = {
        name: [(100 - number, 100)] * (number + 1) for number, name in enumerate("abcdefghij")
    }
    fill(database, shop)
    names = ("champions", "cannot_lose", "loyal", "at_risk", "new", "promising", "hibernating")
    groups = {name: found(database, f"rfm: {name}") for name in names}
    assert groups == dict.fromkeys(names, "") | {
        "champions": "ghij",
        "promising": "ef",
        "hibernating": "abcd",
    }


@pytest.mark.parametrize(
    ("orders", "text", "expected"),
    [
        # Twice the gap of ten days is twenty days since the last, and more is overdue.
        ([(30, 1), (20, 1)], "overdue: {by: 2}", False),
        ([(30.001, 1), (20.001, 1)], "overdue: {by: 2}", True),
        ([(30, 1), (20, 1)], "overdue: {by: 2, min_orders: 3}", False),
        ([(31, 1), (11, 1), (10.5, 1)], "overdue: {by: 1.024, min_orders: 3}", True),
        ([(31, 1), (11, 1), (10.5, 1)], "overdue: {by: 1.025, min_orders: 3}", False),
        # All at one instant: no gap at all, and any silence is longer.
        ([(1, 1), (1, 1)], "overdue: {by: 1000}", True),
        ([(400, 1)], "overdue: {by: 0, min_orders: 1}", False),
        ([], "overdue: {by: 0}", False),
        ([(5, 1), (9, 1, "GBP", "cancelled")], "overdue: {by: 0}", False),
        ([(95, 1)], "order_trend: {window: 90 days, ratio: {less_than: 0.5}}", True),
        ([(90, 1)], "order_trend: {window: 90 days, ratio: {less_than: 99}}", False),
        ([(180, 1), (90.001, 1), (5, 1)], "order_trend: {window: 90 days, ratio: 0.5}", True),
        ([(180.001, 1), (90.001, 1), (5, 1)], "order_trend: {window: 90 days, ratio: 1}", True),
        ([(5, 1), (6, 1)], "order_trend: {window: 90 days, ratio: {at_least: 0}}", False),
        ([], "order_trend: {window: 90 days, ratio: 0}", False),
    ],
)
def test_a_customer_is_compared_with_what_they_did_before(
    database: Database, orders: list[Bought], text: str, expected: bool
) -> None:
    fill(database, {"a": orders})
    assert found(database, text) == ("a" if expected else "")


def test_amounts_that_no_shop_has_are_compared_all_the_same(database: Database) -> None:
    """Great sums and long histories neither overflow nor fall together."""
    much = 2**53 - 1
    shop: dict[str, list[Bought]] = {"a": [(40_000, much), (2, much)], "b": [(40_000, much), (1, much - 1)]}
    fill(database, shop)
    assert found(database, "rank: {by: average_order, top: 1%}") == "a"
    assert found(database, "rank: {by: spend, bottom: 1%}") == "b"
    assert found(database, "overdue: {by: 1000}") == ""
