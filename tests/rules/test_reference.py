"""The engine against the plain-Python reference of `tests/reference`, and explain against both.

`python -m tests.reference.compare` asks many more pairs of a rule and an instant than a test can.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.rules.condition import CONDITIONS
from engine.store.database import Database
from tests.reference.compare import differences
from tests.reference.explained import explained_otherwise
from tests.reference.imported import bring, importable
from tests.reference.loading import load
from tests.reference.rules import GROUPS_OF, MAKERS
from tests.reference.shop import Brand, Customer, Order, Shop
from tests.reference.shrink import smallest
from tests.reference.trials import Trial, trial
from tests.reference.world import MEANINGS
from tests.rules.stores import store

SEEDS = (1, 23)
FRESH = random.SystemRandom().randrange(10**6)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("reference"), request) as database:
        yield database


def test_every_condition_has_a_meaning_and_is_asked() -> None:
    assert set(CONDITIONS) <= set(MEANINGS)
    assert set(CONDITIONS) <= {*MAKERS, *GROUPS_OF, "segment"}


@pytest.mark.parametrize("seed", [*SEEDS, pytest.param(FRESH, id="fresh")])
def test_the_engine_answers_as_the_reference(empty: Database, seed: int) -> None:
    print(f"seed {seed}")
    told = differences(trial(seed, rules=30, instants=2, customers=40), {"store": empty})
    assert [smallest(*one).told() for one in list(told)[:1]] == []


def test_rules_mean_the_same_of_a_shop_that_was_imported(empty: Database) -> None:
    print(f"seed {FRESH}")
    one = trial(FRESH, rules=30, instants=1, customers=40)
    told = differences(replace(one, shop=importable(one.shop)), {"store": empty}, bring)
    assert [smallest(*one).told() for one in list(told)[:1]] == []


@pytest.mark.parametrize("seed", [SEEDS[0], pytest.param(FRESH, id="fresh")])
def test_explain_answers_as_the_audience_and_the_reference(empty: Database, seed: int) -> None:
    print(f"seed {seed}")
    one = trial(seed, rules=8, instants=1, customers=40)
    load(empty, one.shop)
    ((as_of, cut),) = one.instants
    assert list(explained_otherwise(one, one.rules, as_of, cut, empty)) == []


@pytest.mark.parametrize(
    "rule", [{"rank": {"by": by, "top": "10%"}} for by in ("spend", "orders")] + [{"rfm": "new"}]
)
def test_who_is_no_customer_yet_is_compared_with_nobody(empty: Database, rule: dict[str, Any]) -> None:
    as_of = datetime(2026, 6, 15, tzinfo=UTC)
    order = Order("o", as_of - timedelta(days=1), 5000, "GBP")
    later = Customer("later", created=as_of, orders=(order,))
    one = Trial(0, Shop(Brand(), (later,)), {"rule": rule}, {}, ((as_of, False),))
    load(empty, one.shop)
    assert list(explained_otherwise(one, one.rules, as_of, False, empty)) == []
