"""Every condition is true or false for everybody: yes and no together are everyone, and nobody is both."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine.rules.compiler import Scope, select_verdicts
from engine.rules.condition import CONDITIONS
from engine.store.database import Database
from tests.rules.edges import DAY, NOW, fill
from tests.rules.stores import condition, ids, store

AS_OF = [NOW - 180 * DAY, NOW, NOW + timedelta(milliseconds=1), NOW + 400 * DAY]
VARIANTS = {
    "all": ["all: [country: GB, city: San]", "all: {country: GB, orders: {}}", "[country: GB, orders: {}]"],
    "any": ["any: [country: GB, orders: {count: 0}]", "any: [did: {event: visited}, bought: {sku: 22423}]"],
    "none": ["none: [country: GB]", "none: [none: [last_purchase: {never: true}]]"],
    "everyone": [],
    "segment": ["segment: inner"],
    "country": ["country: {is_not: gb}", "country: {exists: false}", "country: {not_in: [GB, ir]}"],
    "city": ["city: علی آباد", "city: {contains: ' '}", "city: {ends_with: n}", "city: {starts_with: ته}"],
    "language": ["language: {exists: true, is_not: en}"],
    "timezone": ["timezone: [Asia/Tehran]"],
    "source": ["source: {exists: false}"],
    "email_domain": ["email_domain: {not_in: [EXAMPLE.com]}"],
    "tag": ["tag: ویژه", "tag: {exists: false}", "tag: {exists: true}", "tag: {is_not: vip}",
            "tag: {exists: false, is: vip}"],
    "attribute": ["attribute: {name: plan_size, is: 5}", "attribute: {name: plan_size, is: '5'}",
                  "attribute: {name: plan_size, not_in: [5]}", "attribute: {name: plan_size, exists: false}",
                  "attribute: {name: 2fa.on, is: true}", "attribute: {name: plan_size, contains: ز}",
                  "attribute: {name: since, within: 90 days}", "attribute: {name: since, never: true}",
                  "attribute: {name: nothing, less_than: 3}", "attribute: {name: plan_size, in: [5, 7]}"],
    "signed_up": ["signed_up: {never: true}", "signed_up: {ago: {is: 30 days}}", "signed_up: {ever: true}"],
    "last_seen": ["last_seen: {never: true}", "last_seen: {within: 90 days}", "last_seen: {ago: 90 days}"],
    "first_purchase": ["first_purchase: {never: true}", "first_purchase: {ago: {is_not: 90 days}}"],
    "last_purchase": ["last_purchase: {never: true}", "last_purchase: {before: 2026-06-15}",
                      "last_purchase: {ever: true, never: true}", "last_purchase: {in_next: 3 days}"],
    "orders": ["orders: {}", "orders: {count: 0}", "orders: {count: {is_not: 1}, ago: {at_most: 30 days}}",
               "orders: {where: {sku: 22423, category: kitchen}, count: {at_most: 1}}",
               "orders: {where: {status: cancelled, code: {exists: false}}}",
               "orders: {where: {amount: {at_least: 50}, currency: [EUR, GBP]}}",
               "orders: {where: {product: {exists: false}}}"],
    "spend": ["spend: {total: {less_than: 100}}", "spend: {total: {is: 0}, within: 30 days}",
              "spend: {total: {more_than: 20}, where: {category: toys}, currency: EUR}",
              "spend: {total: {at_most: -5}, where: {amount: {less_than: 0}}}"],
    "average_order": ["average_order: {value: {is: 50}}", "average_order: {value: {less_than: 0}}"],
    "bought": ["bought: {product: قوری}", "bought: {category: toys, sku: 10002, count: {at_least: 2}}",
               "bought: {sku: {not_in: [22423]}, within: 90 days}", "bought: {sku: 22423, count: 0}"],
    "subscription": ["subscription: {}", "subscription: {cancelled: {never: true}, status: cancelled}",
                     "subscription: {expires: {in_next: 14 days}}", "subscription: {price: {at_least: 90}}",
                     "subscription: {plan: {exists: false}, started: {within: 90 days}}"],
    "did": ["did: {event: order_placed, count: {at_least: 2}}", "did: {event: visited, count: 0}",
            "did: {event: cart_updated, where: {items: {exists: false}}}",
            "did: {event: order_placed, where: {amount: {at_least: 50}, code: SPRING}}",
            "did: {event: order_placed, where: {amount: {less_than: 5}, currency: EUR, no: {exists: false}}}",
            "did: {event: cart_updated, older_than: 30 days, where: {items: [many, few]}}"],
    "birthday": ["birthday: today", "birthday: {in_next: 1 day}", "birthday: {in_next: 1 year}"],
    "order_trend": ["order_trend: {window: 90 days, ratio: 0}", "order_trend: {window: 180 days, ratio: 1}",
                    "order_trend: {window: 6 months, ratio: {at_least: 0.5, is_not: 1.25}}"],
    "rank": ["rank: {by: spend, bottom: 25%}", "rank: {by: orders, top: 20%, within: 90 days}",
             "rank: {by: average_order, top: 50%}", "rank: {by: average_order, bottom: 2.5%}",
             "rank: {by: orders, bottom: 10%, older_than: 30 days}"],
    "rfm": [f"rfm: {name}" for name in ("champions", "cannot_lose", "loyal", "at_risk", "promising")]
           + ["rfm: new", "rfm: hibernating", "rfm: {monetary: 5, frequency: {between: [2, 4]}}",
              "rfm: {recency: {is_not: 3}, group: at_risk}"],
    "overdue": ["overdue: {by: 0.125}", "overdue: {by: 0, min_orders: 1}"],
    "after_event": ["after_event: {did: visited}", "after_event: {did: cart_updated, but_not: order_placed}",
                    "after_event: {did: order_placed, but_not: visited, within: 30 days}",
                    "after_event: {did: visited, waited: 30 days, within: 180 days}"],
    "consent": ["consent: {channel: email, is: unknown}", "consent: {channel: sms, is: subscribed}",
                "consent: {channel: email, topic: offers, is: unsubscribed}",
                "consent: {channel: sms, topic: unheard-of, is: subscribed}"],
    "received": ["received: {}", "received: {count: 0, channel: sms}", "received: {count: {at_least: 2}}",
                 "received: {campaign: hello, ago: {at_least: 30 days, at_most: 180 days}}"],
    "opened": ["opened: win-back", "opened: {channel: sms, older_than: 90 days}", "opened: {count: 1}"],
    "clicked": ["clicked: {}", "clicked: {campaign: hello, count: {less_than: 1}}"],
    "enrolled": ["enrolled: {}", "enrolled: {state: active}", "enrolled: {state: holdout, within: 90 days}",
                 "enrolled: {campaign: hello, before: 2026-06-15}"],
    "offered": ["offered: {}", "offered: {redeemed: true}", "offered: {offer: vip, within: 30 days}",
                "offered: {expires: {never: true}}",
                "offered: {expires: {older_than: 1 day}, redeemed: false}"],
}  # fmt: skip
RULES = [text for key, texts in VARIANTS.items() for text in (CONDITIONS[key].example, *texts)]
UNMET = {
    "last_purchase: {in_next: 3 days}",
    "last_purchase: {ever: true, never: true}",
    "attribute: {name: nothing, less_than: 3}",
    "tag: {exists: false, is: vip}",
}
SEGMENTS = {
    "staff": condition("any: [tag: vip, segment: inner]"),
    "inner": condition("email_domain: example.org"),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("edges"), request) as database:
        fill(database)
        yield database


def scopes() -> list[Scope]:
    return [
        Scope(as_of, currency="GBP", segments=SEGMENTS, cut_ledger=cut)
        for as_of in AS_OF
        for cut in (False, True)
    ]


def test_every_condition_has_variants() -> None:
    assert set(VARIANTS) == set(CONDITIONS)


@pytest.mark.parametrize("text", RULES)
def test_yes_and_no_together_are_everyone(shop: Database, text: str) -> None:
    rule = condition(text)
    refused = CONDITIONS["none"].model_validate([rule])
    everyone = condition("everyone: true")
    for scope in scopes():
        yes, no = ids(shop, rule, scope), ids(shop, refused, scope)
        assert not yes & no
        assert yes | no == ids(shop, everyone, scope)


def test_the_variants_tell_people_apart(shop: Database) -> None:
    """Or the test above would show little: all but a few match somebody and not everybody."""
    scope = Scope(NOW, currency="GBP", segments=SEGMENTS)
    found = {text: len(ids(shop, condition(text), scope)) for text in RULES}
    assert {text for text, count in found.items() if not count} == UNMET
    assert {text for text, count in found.items() if count == found["everyone: true"]} == {"everyone: true"}


@pytest.mark.parametrize("scope", scopes(), ids=lambda scope: f"{scope.as_of:%Y-%m-%d}-{scope.cut_ledger}")
def test_rules_asked_together_answer_as_they_do_alone(shop: Database, scope: Scope) -> None:
    rules = {f"rule {number}": condition(text) for number, text in enumerate(RULES)}
    alone = {name: ids(shop, rule, scope) for name, rule in rules.items()}
    with shop.read() as connection:
        rows = list(connection.execute(select_verdicts(rules, scope)).mappings())
    together = {name: {row["customer_id"] for row in rows if row[name]} for name in rules}
    assert together == alone
    assert {row["customer_id"] for row in rows} == set.union(*alone.values())
    assert all(row[name] in (True, False) and row[name] is not None for row in rows for name in rules)
