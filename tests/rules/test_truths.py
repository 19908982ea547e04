"""Rules on real histories, held to answers that others computed: count and hash, on both databases."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.ingest import import_file
from engine.rules.compiler import Scope
from engine.settings import Brand, Settings
from engine.store.database import Database
from tests.rules.stores import condition, ids, instant, store

FILES = {
    "online_retail_dev": ("customers", "orders", "order_lines", "products"),
    "cdnow": ("customers", "orders"),
    "telco": ("customers", "subscriptions"),
}
CURRENCY = {"online_retail_dev": "GBP", "cdnow": "USD", "telco": "USD"}
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

R01 = """
    - last_purchase: {ago: {at_least: 180 days, at_most: 365 days}}
    - orders: {count: {at_least: 3}}
"""
R03 = """
    - orders: {count: 1}
    - last_purchase: {ago: {between: [30 days, 60 days]}}
"""
PURCHASES = {
    "R01_winback": R01,
    "R02_lapsed": "last_purchase: {older_than: 365 days}",
    "R03_one_and_done": R03,
    "R06_loyal_quiet": "orders: {count: {at_least: 5}}\nlast_purchase: {older_than: 90 days}",
    "R07_new_14d": "first_purchase: {within: 14 days}",
    "R11_anniversary": "first_purchase: {ago: {at_least: 358 days, at_most: 372 days}}",
}
RULES = {
    "online_retail_dev": {
        **PURCHASES,
        "R08_spender_60_90": """
            spend: {total: {at_least: 1000}}
            last_purchase: {ago: {at_least: 60 days, at_most: 90 days}}
        """,
        "R09_high_aov_active": """
            average_order: {value: {at_least: 400}}
            last_purchase: {ago: {at_most: 30 days}}
        """,
        "R13_bought_X_never_Y": "bought: {sku: 85123A}\nnone:\n  - bought: {sku: 22423}",
        "R14_cancelled_30d": "orders: {where: {status: cancelled}, ago: {at_most: 30 days}}",
    },
    "cdnow": {
        **PURCHASES,
        "R08_spender_60_90": """
            spend: {total: {at_least: 100}}
            last_purchase: {ago: {at_least: 60 days, at_most: 90 days}}
        """,
        "R09_high_aov_active": """
            average_order: {value: {at_least: 50}}
            last_purchase: {ago: {at_most: 30 days}}
        """,
    },
    "telco": {
        "S1_expires_within_7d": "subscription: {status: active, expires: {in_next: 7 days}}",
        "S2_expires_within_30d_annual": """
            subscription: {status: active, plan: [One year, Two year], expires: {in_next: 30 days}}
        """,
        "S3_cancelled": "subscription: {status: cancelled}",
        "S4_cancelled_last_14d": "subscription: {cancelled: {ago: {at_most: 14 days}}}",
        "S5_cancelled_high_value": "subscription: {status: cancelled, price: {at_least: 90}}",
        "S7_new_this_month": "subscription: {started: {after: 2023-12-01}}",
    },
}


def truths(name: str) -> dict[str, Any]:
    path = DATA / name / "ground_truth.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def questions() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Every rule of ours that the files answer: set, as_of, rule, answer."""
    for name, rules in RULES.items():
        told = truths(name)
        times = told.get("as_of", {})
        answers = {times: told} if isinstance(times, str) else times
        for as_of, answered in answers.items():
            for rule in rules:
                yield name, as_of, rule, answered["rules"][rule]


QUESTIONS = list(questions())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shops(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Database]]:
    """The real sets, imported without a map, each into a store of its own."""
    with ExitStack() as stack:
        found = {}
        for name, kinds in FILES.items():
            found[name] = stack.enter_context(store(request.param, tmp_path_factory.mktemp(name), request))
            settings = Settings(brand=Brand(currency=CURRENCY[name]))
            for kind in kinds:
                file = shared_data / name / f"{kind}.csv.gz"
                assert not import_file(
                    found[name], settings, kind, file, datetime(2026, 1, 1, tzinfo=UTC)
                ).bad
        yield found


def scope(name: str, as_of: str) -> Scope:
    return Scope(instant(as_of), currency=CURRENCY[name])


def digest(customers: set[str]) -> str:
    return hashlib.sha256("\n".join(sorted(customers)).encode()).hexdigest()


@pytest.mark.parametrize(
    ("name", "as_of", "rule", "answer"), QUESTIONS, ids=[f"{q[0]}-{q[1][:10]}-{q[2]}" for q in QUESTIONS]
)
def test_a_rule_finds_whom_others_found(
    shops: dict[str, Database], name: str, as_of: str, rule: str, answer: dict[str, Any]
) -> None:
    found = ids(shops[name], condition(RULES[name][rule], CURRENCY[name]), scope(name, as_of))
    assert (len(found), digest(found)) == (answer["count"], answer["sha256"])


@pytest.mark.parametrize("name", ["online_retail_dev", "cdnow"])
def test_either_of_two_rules_is_their_union(shops: dict[str, Database], name: str) -> None:
    """R12 without its R04."""
    either = (
        f"any:\n  - all: {R01.replace('    -', '        -')}\n  - all: {R03.replace('    -', '        -')}"
    )
    for as_of in truths(name)["as_of"]:
        one, other, both = (
            ids(shops[name], condition(text, CURRENCY[name]), scope(name, as_of))
            for text in (R01, R03, either)
        )
        assert both == one | other
