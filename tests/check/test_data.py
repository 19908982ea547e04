"""`check --data`: rules held against what the store has, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from engine.compose.library import Library, Texts
from engine.cycle.check import check
from engine.rules.forms import Reading
from engine.rules.loader import load as load_rules
from engine.rules.sources import customer, event, line, order, product, subscription, tag
from engine.settings import load as load_settings
from engine.store.database import Database
from tests.check.projects import CONFIG, NOW, campaign, segment
from tests.conftest import ROOT
from tests.rules.stores import store

CAPPED = CONFIG + "policy: {caps: [{max: 1, per: 7 days}]}\n"
DAY = timedelta(days=1)


def people() -> list[dict[str, Any]]:
    """Forty customers: half in GB, a quarter without a first name."""
    return [
        {
            "customer_id": f"c{number:02}",
            "country": "GB" if number % 2 else "IE",
            "first_name": None if number % 4 == 0 else "Ann",
            "email_address": f"c{number}@example.org",
            "language": "en",
            "attributes": {"plan_size": [str(number), float(number), None]},
            "bucket": number,
        }
        for number in range(40)
    ]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    rows: dict[Any, list[dict[str, Any]]] = {
        customer: people(),
        tag: [{"customer_id": "c01", "tag": word} for word in ("vip", "wholesale", "علي")],
        product: [{"sku": "22423", "description": "CAKESTAND", "category": "kitchen"},
                  *({"sku": sku, "description": None, "category": None} for sku in ("85123A", "85183B"))],
        order: [{"customer_id": "c01", "order_id": "o1", "ordered_at": NOW - DAY, "amount": 1,
                 "currency": "GBP", "status": "completed", "code": "SPRING"}],
        line: [{"customer_id": "c01", "order_id": "o1", "line_key": "k", "ordinal": 0, "sku": "10002",
                "category": "toys", "amount": 1}],
        event: [{"customer_id": "c01", "event_id": "e1", "event": "cart_updated", "occurred_at": NOW - DAY,
                 "properties": None}],
        subscription: [{"customer_id": "c01", "subscription_id": "s1", "valid_from": NOW - 9 * DAY,
                        "kind": "subscription", "plan": "gold", "status": "active"}],
    }  # fmt: skip
    with store(request.param, tmp_path_factory.mktemp("shop"), request) as database:
        with database.write() as connection:
            for into, values in rows.items():
                connection.execute(insert(into), values)
        yield database


def held(shop: Database, folder: Path, rules: dict[str, str], library: Library | None = None) -> list[str]:
    (folder / "config.yaml").write_text(CAPPED, "utf-8")
    (folder / "rules").mkdir()
    for name, text in rules.items():
        (folder / "rules" / f"{name}.yaml").write_text(text, "utf-8")
    settings = load_settings(folder / "config.yaml", {})
    book = load_rules(folder / "rules", Reading(settings.brand.reckoning, "GBP"))
    found = check(settings, book, library or Library(ROOT / "templates"), NOW, shop)
    return [str(one) for one in found]


@pytest.mark.parametrize(
    ("clause", "wanted"),
    [
        ("tag: [vip, vipp]", "16: warning: no customer has the tag 'vipp' (did you mean 'vip'?)"),
        ("tag: zebra", "10: hint: no customer has the tag 'zebra' (the store has vip, wholesale, علي)"),
        (
            "did: {event: cart_update, within: 1 year}",
            "18: warning: no event 'cart_update' has come in (did you mean 'cart_updated'?)",
        ),
        (
            "attribute: {name: plan_sise, at_least: 3}",
            "23: warning: no customer has an attribute 'plan_sise' (did you mean 'plan_size'?)",
        ),
        ("bought: {sku: 22432}", "19: warning: no product has the sku '22432' (did you mean '22423'?)"),
        ("bought: {sku: 85123B}", "19: warning: no product has the sku '85123B' (did you mean '85123A'?)"),
        ("bought: {category: toy}",
         "24: warning: no product is in the category 'toy' (did you mean 'toys'?)"),
        ("bought: {product: {is: CAKE STAND}}",
         "28: warning: no product is called 'CAKE STAND' (did you mean 'CAKESTAND'?)"),
        ("country: [IE, GP]", "19: hint: no customer is in 'GP' (the store has GB, IE)"),
        ("subscription: {plan: golden}",
         "26: warning: no subscription has the plan 'golden' (did you mean 'gold'?)"),
        ("orders: {where: {status: complete}}",
         "30: warning: no order has the status 'complete' (did you mean 'completed'?)"),
        ("orders: {where: {code: SUMMER}}",
         "28: hint: no order used the code 'SUMMER' (the store has SPRING)"),
        ("source: shop",
         "13: hint: no customer has the source 'shop' (nothing of the kind was imported yet)"),
    ],
)  # fmt: skip
def test_a_word_that_the_store_does_not_have(
    shop: Database, tmp_path: Path, clause: str, wanted: str
) -> None:
    text = campaign("x", f"\n  any:\n  - {clause}\n  - country: IE")
    assert held(shop, tmp_path, {"x": text}) == [f"rules/x.yaml:6:{wanted}"]


@pytest.mark.parametrize(
    "clause",
    [
        "tag: علی",  # written with another ye
        "did: order_placed",
        "country: United Kingdom",
        "bought: {sku: 10002}",  # sold, though no product of that sku was imported
        "tag: {starts_with: v}",
        "subscription: {status: cancelled}",  # there is none yet
    ],
)
def test_a_word_that_it_has(shop: Database, tmp_path: Path, clause: str) -> None:
    assert held(shop, tmp_path, {"x": campaign("x", f"{{any: [{clause}, tag: vip]}}")}) == []


def test_audiences_of_nobody_and_of_nearly_everybody(shop: Database, tmp_path: Path) -> None:
    rules = {
        "all": campaign("all", "{none: [tag: vip]}"),
        "nobody": campaign("nobody", "{country: GB, attribute: {name: plan_size, more_than: 99}}"),
        "none": segment("none", "{language: {is_not: en}}"),
        "rest": campaign("rest", "{country: IE, none: [segment: none]}"),
        "everyone": campaign("everyone", more="priority: 60"),
    }
    assert [one for one in held(shop, tmp_path, rules) if ":4:" in one or ":3:" in one] == [
        (
            "rules/all.yaml:4:11: warning: 39 of 40 customers match this campaign: 97% "
            "(is that meant? A clause may be turned round; `everyone: true` says that it is)"
        ),
        (
            "rules/nobody.yaml:4:11: warning: nobody of 40 customers matches this campaign today "
            "(`rekindle explain nobody CUSTOMER` tells why, clause by clause)"
        ),
        "rules/none.yaml:3:11: hint: nobody of 40 customers matches this segment today",
    ]


def test_campaigns_of_one_priority_that_want_the_same_people(shop: Database, tmp_path: Path) -> None:
    small = "{country: GB, attribute: {name: plan_size, less_than: 12}}"
    rules = {
        "british": campaign("british", "{country: GB}", more="priority: 70"),
        "early": campaign("early", small, more="priority: 70"),
        "irish": campaign("irish", "{country: IE}", more="priority: 70"),
        "later": campaign("later", "{country: [GB]}"),
        "told": campaign("told", "{country: {is: GB}}", more="priority: 70\nkind: transactional"),
    }
    assert [one for one in held(shop, tmp_path, rules) if "hint" not in one] == [
        (
            "rules/early.yaml:7:11: warning: 6 of its 6 customers, 100%, match campaign 'british' too, which "
            "has the same priority, 70 (give one of them a higher `priority`: it wins where the frequency "
            "cap lets one message through)"
        ),
    ]


def test_a_field_that_part_of_the_audience_lacks(shop: Database, tmp_path: Path) -> None:
    layouts = {one.name: one.read_text("utf-8") for one in (ROOT / "templates/layouts").iterdir()}
    hello = "---\nsubject: Hello\n---\n<p>Dear {{ customer.first_name }}</p>\n"
    library = Texts({f"layouts/{name}": text for name, text in layouts.items()} | {"hello.email.j2": hello})
    rules = {"x": campaign("x", "{country: IE}").replace("onboarding/welcome", "hello")}
    (found,) = held(shop, tmp_path, rules, library)
    assert found.startswith("templates/hello.email.j2:4:21: warning: 50% of 20 have none: customers without ")
    rules = {"x": campaign("x", "{country: GB}").replace("onboarding/welcome", "hello")}
    (tmp_path / "gb").mkdir()
    assert held(shop, tmp_path / "gb", rules, library) == []
