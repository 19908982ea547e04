"""What is called impossible matches nobody: held against the databases on a shop full of edges."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.cycle.checks.always import Always
from engine.rfm import GROUPS
from engine.rules.compiler import Scope, select_verdicts
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.contradiction import Clause, conflict
from engine.store.database import Database
from tests.rules.edges import DAY, NOW, fill
from tests.rules.stores import condition, store
from tests.rules.test_totality import RULES, SEGMENTS

TIMES = [
    "{within: 30 days}", "{within: 1 year}", "{older_than: 30 days}", "{older_than: 180 days}",
    "{never: true}", "{ever: true}", "{ago: {at_least: 90 days, at_most: 365 days}}", "{ago: {is: 30 days}}",
    "{after: 2026-03-17}", "{before: 2025-12-17}", "{ago: {is_not: 90 days}}", "{within: 1 month}",
]  # fmt: skip
DATES = ["last_purchase", "first_purchase", "last_seen", "signed_up"]
WINDOWS = ["", ", within: 30 days", ", within: 1 year", ", older_than: 90 days", ", before: 2026-03-17"]
NUMBERS = ["0", "1", "{at_least: 1}", "{at_least: 2}", "{less_than: 2}", "{is_not: 0}", "{more_than: 0.5}"]
TEXTS = ["GB", "[GB, IE]", "{is_not: GB}", "{exists: false}", "{exists: true}", "{starts_with: G}",
         "{not_in: [GB, IR]}", "{contains: a}", "{ends_with: B}"]  # fmt: skip
SIZES = ["is: 5", "is: '5'", "at_least: 6", "exists: false", "exists: true", "in: [5, 7]", "not_in: [5]",
         "is_not: 7", "less_than: 6", "ever: true", "never: true"]  # fmt: skip
SCORES = ["recency: 5", "recency: {at_most: 2}", "frequency: {at_least: 4}", "monetary: {is_not: 1}",
          *(f"group: {name}" for name in GROUPS)]  # fmt: skip
LEAVES = [
    *RULES,
    *(f"{key}: {test}" for key in DATES for test in TIMES),
    *(f"orders: {{count: {n}{w}}}" for n in NUMBERS for w in WINDOWS),
    *(f"did: {{event: order_placed, count: {n}{w}}}" for n in NUMBERS for w in WINDOWS[:3]),
    *(f"did: {{event: visited, count: {n}{w}}}" for n in NUMBERS for w in WINDOWS[:2]),
    *(f"bought: {{sku: 22423, count: {n}{w}}}" for n in NUMBERS for w in WINDOWS[:2]),
    *(f"orders: {{count: {n}{w}, where: {{status: cancelled}}}}" for n in NUMBERS for w in WINDOWS[:2]),
    *(f"spend: {{total: {n}{w}}}" for n in NUMBERS for w in WINDOWS[:3]),
    *(f"average_order: {{value: {n}{w}}}" for n in NUMBERS for w in WINDOWS[:3]),
    *(f"country: {test}" for test in TEXTS),
    *(f"tag: {test}" for test in TEXTS),
    *(f"attribute: {{name: plan_size, {test}}}" for test in SIZES),
    *(f"rfm: {{{test}}}" for test in SCORES),
    *(f"received: {{count: {n}{w}}}" for n in NUMBERS for w in WINDOWS[:3]),
    *(f"rank: {{by: spend, {end}{w}}}" for end in ("top: 20%", "bottom: 20%") for w in WINDOWS[:3]),
]  # fmt: skip
POOL = [condition(text) for text in dict.fromkeys(LEAVES)]
AS_OF = [NOW, NOW - 180 * DAY, NOW + 400 * DAY]


def joined(key: str) -> st.SearchStrategy[Condition]:
    several = st.lists(st.sampled_from(POOL), min_size=2, max_size=4)
    return several.map(lambda parts: CONDITIONS[key].model_validate(parts))


TREES = st.recursive(
    st.sampled_from(POOL),
    lambda inner: st.tuples(
        st.sampled_from(["all", "all", "any", "none"]), st.lists(inner, min_size=2, max_size=4)
    ).map(lambda made: CONDITIONS[made[0]].model_validate(made[1])),
    max_leaves=8,
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("edges"), request) as database:
        fill(database)
        yield database


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rules=st.lists(st.one_of(joined("all"), TREES), min_size=60, max_size=60),
    as_of=st.sampled_from(AS_OF),
    later=st.sampled_from([14, 31, 59, 366, 800]),
)
def test_what_is_called_impossible_matches_nobody(
    shop: Database, rules: list[Condition], as_of: datetime, later: int
) -> None:
    scope = Scope(as_of, currency="GBP", segments=SEGMENTS)
    now = [rule for rule in rules if conflict([Clause(rule, scope)])]
    ever = [rule for rule in now if Always(rule, scope).conflict([Clause(rule, scope)])]
    assert matched(shop, now, scope) == []
    assert matched(shop, ever, replace(scope, as_of=as_of + later * DAY)) == []


def matched(shop: Database, rules: list[Condition], scope: Scope) -> list[str]:
    """Those of the rules that match somebody."""
    asked = {f"r{number}": rule for number, rule in enumerate(rules)}
    if not asked:
        return []
    with shop.read() as connection:
        found = list(connection.execute(select_verdicts(asked, scope)).mappings())
    return [rule.english(scope) for name, rule in asked.items() if any(row[name] for row in found)]
