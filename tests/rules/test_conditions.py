"""What conditions say of themselves: English, faults and their places, references, what cannot be met."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import document
from engine.durations import Calendar
from engine.errors import Problems, YoursToFix
from engine.rules.compiler import Scope
from engine.rules.condition import CONDITIONS, Reading, parse
from tests.rules.stores import condition

NOW = datetime(2011, 12, 10, tzinfo=UTC)
DAY = timedelta(days=1)
SCOPE = Scope(NOW, currency="GBP", segments={"staff": condition("tag: staff")})

ENGLISH = {
    "last_purchase: {ago: {at_least: 180 days, at_most: 365 days}}": "last purchase between 2010-12-10 and"
    " 2011-06-13 (180 to 365 days ago)",
    "last_purchase: {ago: {at_least: 6 months, at_most: 1 year}}": "last purchase between 2010-12-10 and"
    " 2011-06-10 (6 months to 1 year ago)",
    "first_purchase: {never: true}": "never bought",
    "last_seen: {older_than: 12 hours}": "last seen before 2011-12-09 12:00 (more than 12 hours ago)",
    "signed_up: {after: 2011-11-01}": "signed up on or after 2011-11-01",
    "orders: {count: {at_least: 3}, within: 30 days}": "at least 3 orders between 2011-11-10 and 2011-12-10"
    " (within 30 days)",
    "orders: {where: {status: cancelled, amount: {more_than: 5}}}": "ordered where status is cancelled"
    " and amount more than 5",
    "orders: {count: 1}": "exactly 1 order",
    "orders: {count: 0, within: 1 week}": "no orders between 2011-12-03 and 2011-12-10 (within 1 week)",
    "spend: {total: {between: [10, 20.50]}}": "spent between 10 GBP and 20.5 GBP",
    "average_order: {value: {at_least: 50}}": "average order at least 50 GBP",
    "bought: {sku: [22423, 85123A], count: {at_least: 2}}": "bought something whose sku is one of 22423,"
    " 85123A in at least 2 orders",
    "country: [gb, UK, ایران, Freedonia]": "country is one of GB, GB, IR, Freedonia",
    "city: {exists: false}": "city is not known",
    "tag: {exists: false}": "no tag",
    "attribute: {name: plan_size, at_least: 5, is_not: 7}": "attribute plan_size not 7 and at least 5",
    "subscription: {kind: account, expires: {in_next: 14 days}}": "has an account that"
    " expires between 2011-12-10 and 2011-12-24 (in the next 14 days)",
    "did: {event: cart_updated, count: 2, where: {items: {at_least: 3}}}": "did cart_updated exactly 2 times"
    " where items at least 3",
    "consent: {channel: sms, topic: news, is: unknown}": "consent to sms about news is unknown",
    "segment: staff": "in segment staff",
    "all: [country: GB, any: [city: Bath, city: Ely]]": "(country is GB and (city is Bath or city is Ely))",
    "none: [country: GB, city: Bath]": "not (country is GB or city is Bath)",
    "birthday: today": "birthday today (2011-12-10)",
    "birthday: {in_next: 7 days}": "birthday between 2011-12-10 and 2011-12-16 (in the next 7 days)",
    "order_trend: {window: 90 days, ratio: {less_than: 0.5}}": "orders since 2011-09-11 are less than 0.5"
    " times those between 2011-06-13 and 2011-09-11 (90 days against the 90 days before)",
    "overdue: {by: 2.50, min_orders: 3}": "last order longer ago than 2.5 times their own mean gap between"
    " orders, after at least 3 orders",
    "rank: {by: average_order, bottom: 2.5%, within: 30 days}": "in the bottom 2.5% by average order between"
    " 2011-11-10 and 2011-12-10 (within 30 days)",
    "rfm: {recency: {at_least: 4}, monetary: 1}": "recency score at least 4 and monetary score exactly 1",
    "rfm: cannot_lose": "in the RFM group cannot_lose",
    "after_event: {did: cart_updated, but_not: order_placed, waited: 1 hour, within: 1 day}": "did"
    " cart_updated last between 2011-12-09 and 2011-12-09 23:00 (1 hour to 1 day ago),"
    " and no order_placed since",
    "after_event: {did: visited, waited: 7 days}": "did visited last by 2011-12-03 (at least 7 days ago)",
    "after_event: {did: visited}": "did visited last",
    "everyone: true": "everyone",
}


@pytest.mark.parametrize(("text", "told"), ENGLISH.items())
def test_a_condition_says_what_it_means(text: str, told: str) -> None:
    assert condition(text).english(SCOPE) == told


def test_dates_are_told_in_the_brands_calendar() -> None:
    calendar = Calendar("Asia/Tehran", "jalali")
    rule = condition("signed_up: {after: 1390-09-01}", calendar=calendar)
    assert rule.english(Scope(NOW, calendar=calendar)) == "signed up on or after 1390-09-01"


@pytest.mark.parametrize("key", list(CONDITIONS))
def test_every_condition_has_an_example_of_itself(key: str) -> None:
    found = condition(CONDITIONS[key].example)
    assert isinstance(found, CONDITIONS[key])
    assert found.key == key
    assert found.english(SCOPE)


FAULTS = {
    "orders: {cuont: 3}": "1:10: error: unknown key 'cuont' (did you mean 'count'?)",
    "orders: {count: {at_leest: 3}}": "1:18: error: unknown key 'at_leest' (did you mean 'at_least'?)",
    "orders: {count: three}": "1:17: error: 'three' is not a number; write it like 3, 2.5 or 1000",
    "orders: {count: true}": "1:17: error: this must be a number like 3 or 2.5",
    "orders: {count: {between: [3]}}": "1:27: error: between takes two values: [from, to]",
    "orders: {within: }": "1:10: error: nothing stands here; give it a value or take the key away",
    "orders: {within: 30}": "1:18: error: 30 must be a duration like '30 days' or '3 months'",
    "orders: {where: {skuu: 3}}": "1:18: error: unknown key 'skuu' (did you mean 'sku'?)",
    "orders: {where: {sku: [1, 2.5]}}": "1:27: error: 2.5 must be a text; write it in quotes if it is one",
    "orders: 3": "1:9: error: orders is written like `orders: {count: {at_least: 3}, within: 1 year}`",
    "spend: {total: 5.123}": "1:8: error: 5.123 is finer than GBP has it: 2 decimals",
    "spend: {total: 5.5, currency: irr}": "1:8: error: 5.5 is finer than IRR has it: 0 decimals",
    "spend: {total: 5, currency: euros}": "1:29: error: 'euros' is not a currency; write it like EUR",
    "last_purchase: {ever: false}": "1:23: error: this can only be true;"
    " write `never: true` for the opposite",
    "last_purchase: {before: 2026-13-01}": "1:25: error: '2026-13-01' is not a date; write '2026-03-21' or"
    " '2026-03-21T10:00:00Z'",
    "country: ''": "1:10: error: an empty text matches nothing; use `exists: false` for a missing value",
    "bought: {within: 3 days}": "1:9: error: bought needs to know what: sku, category or product",
    "subscription: {kind: acount}": "1:22: error: 'acount' is no kind of subscription"
    " (did you mean 'account'?)",
    "did: {evnt: x}": "1:7: error: unknown key 'evnt' (did you mean 'event'?)",
    "did: {event: x, where: {a: {at_leest: 3}}}": "1:29: error: unknown key 'at_leest'"
    " (did you mean 'at_least'?)",
    "did: {event: order_placed, where: {amount: [5, 5.005]}}": "1:6: error: 5.005 is finer than GBP has"
    " it: 2 decimals",
    "attribute: {plan_size: 5}": "1:12: error: an attribute is tested by its name, like"
    " `attribute: {name: plan_size, at_least: 5}`",
    "consent: {channel: emial, is: subscribed}": "1:20: error: channel cannot be 'emial'"
    " (did you mean 'email'?)",
    "birthday: {in_next: 36 hours}": "1:21: error: a birthday is a whole day, and '36 hours' is not;"
    " write it like '7 days'",
    "birthday: {}": "1:11: error: birthday needs to know when: `today: true` or `in_next: 7 days`",
    "order_trend: {window: 9 days, ratio: 0.12345}": "1:38: error: 0.12345 is finer than 4 decimals",
    "order_trend: {window: 9 days, ratio: {at_leest: 1}}": "1:39: error: unknown key 'at_leest'"
    " (did you mean 'at_least'?)",
    "overdue: {by: -2}": "1:15: error: by is how many gaps must have passed, so it cannot be below 0",
    "overdue: {by: 2, min_orders: 1.5}": "1:30: error: min_orders is a whole number of orders, like 3",
    "overdue: {min_orders: 3}": "1:10: error: 'by' is missing (written like"
    " `overdue: {by: 2, min_orders: 3}`)",
    "rank: {by: spend}": "1:7: error: rank needs one end: `top: 10%` or `bottom: 10%`",
    "rank: {by: spend, top: 1%, bottom: 1%}": "1:7: error: rank needs one end: `top: 10%` or `bottom: 10%`",
    "rank: {by: spendings, top: 1%}": "1:12: error: by cannot be 'spendings' (did you mean 'spend'?)",
    "rank: {by: spend, top: 0.001%}": "1:24: error: a share is more than 0%, with two decimals at most,"
    " like 10% or 2.5%",
    "rfm: champion": "1:6: error: 'champion' is no RFM group (did you mean 'champions'?)",
    "rfm: {}": "1:6: error: rfm needs scores, like `rfm: {recency: {at_least: 4}, frequency: {at_most: 2}}`,"
    " or a group, like `rfm: champions`",
    "rfm: {frequence: 5}": "1:7: error: unknown key 'frequence' (did you mean 'frequency'?)",
    "after_event: {but_not: x}": "1:14: error: 'did' is missing (written like"
    " `after_event: {did: cart_updated, but_not: order_placed, waited: 1 hour, within: 1 day}`)",
    "any: [{cuntry: GB}]": "1:8: error: unknown condition 'cuntry' (did you mean 'country'?)",
    "any: {country: GB, city: Ely}": "1:6: error: any takes a list: put each condition on its own line"
    " with a dash",
    "all: []": "1:6: error: all needs at least one condition",
    "everyone: false": "1:11: error: everyone can only be true",
    "[GB]": "1:2: error: conditions are written like `country: GB`, one or more of them, or a list of such",
    "{}": "1:1: error: there is no condition here",
}


def faults(text: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        parse(document.parse(text, "rule.yaml"), (), Reading(currency="GBP"))
    return [str(problem).removeprefix("rule.yaml:") for problem in caught.value.problems]


@pytest.mark.parametrize(("text", "told"), FAULTS.items())
def test_a_fault_is_told_once_where_it_stands(text: str, told: str) -> None:
    assert faults(text) == [told]


def test_all_faults_are_told_at_once() -> None:
    text = "all:\n  - ordrs: {}\n  - any:\n      - country: 5.5\n      - orders: {within: 3}\nnone: 5\n"
    assert [line.split(": ")[0] for line in faults(text)] == ["2:5", "4:18", "5:26", "6:7"]


def test_a_tree_knows_its_places_and_the_segments_it_names() -> None:
    text = "  all:\n    - segment: a\n  none:\n    - {segment: b, country: GB}\n    - [everyone: true]\n"
    read = document.parse(f"audience:\n{text}", "rule.yaml")
    found = parse(read, ("audience",), Reading())
    leaves = [(part.key, path) for path, part in found.walk(("audience",)) if not part.inner]
    assert [(key, str(read.key_place(path))) for key, path in leaves] == [
        ("segment", "rule.yaml:3:7"),
        ("segment", "rule.yaml:5:8"),
        ("country", "rule.yaml:5:20"),
        ("everyone", "rule.yaml:6:8"),
    ]
    assert found.references() == {"a", "b"}


def test_a_segment_of_itself_names_its_circle() -> None:
    segments = {"a": condition("segment: b"), "b": condition("any: [country: GB, segment: a]")}
    with pytest.raises(YoursToFix, match="a -> b -> a"):
        condition("segment: a").sql(Scope(NOW, segments=segments))


def test_an_unknown_segment_is_answered_with_the_nearest() -> None:
    with pytest.raises(YoursToFix, match="no segment 'stuff'; did you mean 'staff'"):
        condition("segment: stuff").sql(SCOPE)


@pytest.mark.parametrize(
    ("text", "row", "told"),
    [
        ("birthday: today", {"born": 229, "zone": None}, "next birthday 2012-02-29, in 81 days"),
        ("birthday: today", {"born": 1210, "zone": ""}, "next birthday 2011-12-10, today"),
        ("birthday: today", {"born": 1210, "zone": "Pacific/Honolulu"}, "next birthday 2011-12-10, in 1 day"),
        ("birthday: today", {"born": None, "zone": None}, "birthday not known"),
        ("order_trend: {window: 90 days, ratio: 1}", {"recent": 1, "earlier": 5},
         "1 order after 5 in the 90 days before"),
        ("overdue: {by: 2}", {"orders": 0, "first": None, "last": None}, "no orders"),
        ("overdue: {by: 2}", {"orders": 1, "first": NOW - DAY, "last": NOW - DAY},
         "last order 2011-12-09, 24 hours ago; only one, so there is no gap"),
        ("overdue: {by: 2}", {"orders": 3, "first": NOW - 9 * DAY, "last": NOW - 4 * DAY},
         "last order 2011-12-06, 4 days ago; 3 orders, 2.5 days apart"),
        ("rank: {by: spend, top: 10%}", {"orders": 2, "spent": 1999, "mark": 5000},
         "19.99 GBP; the top begins at 50.00 GBP"),
        ("rank: {by: orders, bottom: 10%}", {"orders": 1234, "spent": 0, "mark": 1},
         "1,234 orders; the bottom ends at 1"),
        ("rank: {by: orders, bottom: 10%}", {"orders": 0, "spent": 0, "mark": None}, "no such orders"),
        ("rfm: new", {"orders": 9, "recency": 1, "frequency": 4, "monetary": 3},
         "recency 1, frequency 4, monetary 3: at_risk"),
        ("rfm: new", {"orders": 0, "recency": 1, "frequency": 1, "monetary": 1}, "no orders, so no scores"),
        ("after_event: {did: a, but_not: b}", {"did": None, "since": NOW - DAY}, "no a"),
        ("after_event: {did: a, but_not: b}", {"did": NOW - 9 * DAY, "since": NOW - 9 * DAY},
         "a 2011-12-01, 9 days ago; no b since"),
        ("after_event: {did: a, but_not: b}", {"did": NOW - 9 * DAY, "since": NOW - 3 * DAY},
         "a 2011-12-01, 9 days ago; b 2011-12-07, 3 days ago"),
    ],
)  # fmt: skip
def test_a_customers_own_value_is_told(text: str, row: dict[str, Any], told: str) -> None:
    assert condition(text).witnessed(row, SCOPE) == told


@pytest.mark.parametrize(
    ("text", "hopeless"),
    [
        ("orders: {count: {at_least: 3, at_most: 2}}", True),
        ("orders: {count: {less_than: 0}}", True),
        ("orders: {count: {is: 2.5}}", True),
        ("orders: {in_next: 3 days}", True),
        ("orders: {in_next: 3 days, count: 0}", False),
        ("orders: {within: 3 days, older_than: 1 week}", True),
        ("spend: {total: {less_than: 0}}", False),
        ("spend: {total: {at_least: 1}, where: {status: [a], code: {is: a, is_not: a}}}", True),
        ("country: {is: GB, not_in: [GB]}", True),
        ("all: [country: GB, orders: {count: {at_most: -1}}]", True),
        ("any: [country: GB, orders: {count: {at_most: -1}}]", False),
        ("none: [orders: {count: {at_most: -1}}]", False),
        ("subscription: {expires: {in_next: 3 days}}", False),
        ("subscription: {started: {in_next: 3 days}}", True),
        ("did: {event: x, where: {a: {at_least: 3, at_most: 2}}}", True),
        ("segment: staff", False),
        ("birthday: {in_next: 0 days}", True),
        ("birthday: {in_next: 400 days}", False),
        ("order_trend: {window: 90 days, ratio: {less_than: 0}}", True),
        ("order_trend: {window: 90 days, ratio: 0}", False),
        ("order_trend: {window: 0 days, ratio: {at_least: 0}}", True),
        ("overdue: {by: 1000, min_orders: 1000}", False),
        ("rank: {by: spend, top: 1%, in_next: 3 days}", True),
        ("rank: {by: spend, top: 1%, within: 3 days}", False),
        ("rfm: {recency: 0}", True),
        ("rfm: {recency: {more_than: 5}}", True),
        ("rfm: {recency: {is_not: 5, at_least: 5}}", True),
        ("rfm: {recency: 2.5}", True),
        ("rfm: hibernating", False),
        ("after_event: {did: a, but_not: b, waited: 2 days, within: 1 day}", True),
        ("after_event: {did: a, but_not: b, waited: 1 day, within: 1 day}", False),
        ("after_event: {did: a, within: 0 days}", True),
    ],
)
def test_a_rule_that_can_match_nobody_is_seen(text: str, hopeless: bool) -> None:
    assert condition(text).hopeless(SCOPE) is hopeless
