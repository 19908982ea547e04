"""Marks are exact, whoever the sample were: where it shows the way, and where it misleads."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import insert

from engine.rules import marks
from engine.rules.compiler import Scope, select_verdicts
from engine.rules.sources import customer, order
from engine.store.database import Database
from tests.reference.ranks import quintiles
from tests.rules.stores import condition, ids, store

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
#: What was spent in ten orders or fewer, with many ties, and a few who spent far more than all others.
SPENT = [
    [dice.choice((100, 250, 999, 10**11)) for _ in range(dice.randint(1, 10))]
    for dice in (Random(number) for number in range(1500))
]
NAMES = [f"c{number * 7919 % 10_007}" for number in range(len(SPENT))]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("marks"), request) as database:
        bought = {"ordered_at": NOW - timedelta(days=1), "currency": "GBP", "status": "completed"}
        with database.write() as connection:
            people = [{"customer_id": name, "bucket": 0} for name in NAMES]
            connection.execute(insert(customer), people)
            rows = [
                {"customer_id": name, "order_id": f"{name}-{n}", "amount": amount, **bought}
                for name, amounts in zip(NAMES, SPENT, strict=True)
                for n, amount in enumerate(amounts)
            ]
            connection.execute(insert(order), rows)
        yield database


@pytest.mark.parametrize(("share", "more"), [(64, 40), (10**9, 3), (10**9, 0)])
def test_marks_are_exact_however_near_they_are_sought(
    shop: Database, monkeypatch: pytest.MonkeyPatch, share: int, more: int
) -> None:
    """Sought at one place of the sample alone, a mark is hardly ever there: then everybody is sorted."""
    monkeypatch.setattr(marks, "_SHARE", share)
    monkeypatch.setattr(marks, "_MORE", more)
    found = _scores(shop, "monetary"), _scores(shop, "frequency")
    assert found == (_quintiles([sum(one) for one in SPENT]), _quintiles([len(one) for one in SPENT]))


def _scores(shop: Database, name: str) -> dict[str, int]:
    rules = {f"r{score}": condition(f"rfm: {{{name}: {score}}}") for score in range(1, 6)}
    with shop.read() as connection:
        rows = connection.execute(select_verdicts(rules, Scope(NOW, currency="GBP"))).mappings()
        return {row["customer_id"]: next(n for n in range(1, 6) if row[f"r{n}"]) for row in rows}


def _quintiles(values: list[int]) -> dict[str, int]:
    return quintiles(dict(zip(NAMES, values, strict=True)))


@pytest.mark.parametrize("more", [0, 40])
def test_whoever_ties_with_a_mark_is_in(shop: Database, monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    monkeypatch.setattr(marks, "_MORE", more)
    most = sorted(len(one) for one in SPENT)[1499 * 9 // 10 :][0]
    told = {name for name, one in zip(NAMES, SPENT, strict=True) if len(one) >= most}
    assert ids(shop, condition("rank: {by: orders, top: 10%}"), Scope(NOW)) == told
