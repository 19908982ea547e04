"""Explain and audience are one: every customer's tree is what the statement says of them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rules.compiler import Scope
from engine.rules.condition import CONDITIONS
from engine.rules.explain import Truth, truths
from engine.store.database import Database
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


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
