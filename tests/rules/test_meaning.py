"""What each condition means, said again in plain Python over the same rows, and held to on both databases."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.rules.compiler import Scope
from engine.rules.sources import customer, event, line, order, product, subscription, tag
from engine.store.database import Database, table
from engine.store.people import Consent
from engine.text import fold
from tests.rules.edges import DAY, NOW, fill, rows
from tests.rules.stores import condition, ids, store

Row = dict[str, Any]
PRODUCTS = {row["sku"]: row for row in rows()[product]}


@dataclass
class Person:
    """One customer's rows as an `as_of` sees them."""

    as_of: datetime
    row: Row
    orders: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    subscriptions: list[Row] = field(default_factory=list)
    consents: list[Row] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    @property
    def done(self) -> list[Row]:
        return [one for one in self.orders if one["status"] == "completed"]

    @property
    def last(self) -> datetime | None:
        return max((one["ordered_at"] for one in self.done), default=None)

    @property
    def seen(self) -> datetime | None:
        times = [one["ordered_at"] for one in self.orders] + [one["occurred_at"] for one in self.events]
        return max(times, default=None)

    def note(self, name: str, index: int) -> Any:
        return ((self.row["attributes"] or {}).get(name) or [None] * 3)[index]

    def within(self, days: int) -> list[Row]:
        return [one for one in self.done if one["ordered_at"] >= self.as_of - days * DAY]

    def age(self) -> timedelta | None:
        return None if self.last is None else self.as_of - self.last

    def spent(self, currency: str = "GBP") -> int:
        return sum(one["amount"] for one in self.done if one["currency"] == currency)

    def consent(self, channel: str, topic: str = "") -> str:
        """Read through from the oldest row to the newest, as a clerk would."""
        state: dict[str, str] = {}
        for row in sorted(self.consents, key=lambda one: (one["at"], one["seq"])):
            if row["channel"] == channel:
                if row["topic"] == "" and row["status"] == "unsubscribed":
                    state = {name: said for name, said in state.items() if said == "unsubscribed"}
                state[fold(row["topic"])] = row["status"]
        return state.get(topic) or state.get("") or "unknown"

    def standing(self) -> list[Row]:
        """Subscriptions with what has not happened yet taken back."""
        found = []
        for row in map(dict, self.subscriptions):
            for word, date in (("cancelled", "cancelled_at"), ("expired", "expires_at")):
                if row["status"] == word and row[date] is not None and row[date] >= self.as_of:
                    row |= {"status": "active", date: None}
            found.append(row)
        return found


def lines(orders: list[Row], test: Callable[[Row], bool]) -> list[tuple[Row, Row]]:
    return [(one, each) for one in orders for each in one["lines"] if test(each)]


def sku(each: Row, *names: str) -> bool:
    return each["sku"] in names


def category(each: Row) -> str | None:
    return each["category"] or PRODUCTS.get(each["sku"], {}).get("category")


def counted(found: list[tuple[Row, Row]]) -> int:
    return len({one["order_id"] for one, _ in found})


def seen_in(p: Person, days: int) -> bool:
    return p.seen is not None and p.seen >= p.as_of - days * DAY


def agreed(channel: str, topic: str, status: str) -> Callable[[Person], bool]:
    return lambda p: p.consent(channel, topic) == status


MEANINGS: dict[str, Callable[[Person], bool]] = {
    "country: gb": lambda p: p.row["country"] == "GB",
    "country: {is_not: GB}": lambda p: p.row["country"] not in ("GB", None),
    "none: [country: GB]": lambda p: p.row["country"] != "GB",
    "city: علی آباد": lambda p: p.row["city"] in ("علی\u200cآباد", "علي آباد"),
    "city: {starts_with: San, is_not: San}": lambda p: p.row["city"] == "San José",
    "city: {ends_with: é}": lambda p: p.row["city"] == "San José",
    "tag: ویژه": lambda p: any(fold(word) == "ویژه" for word in p.tags),
    "tag: {exists: false}": lambda p: not p.tags,
    "tag: {is_not: vip}": lambda p: any(word != "vip" for word in p.tags),
    "attribute: {name: plan_size, is: 7}": lambda p: p.note("plan_size", 0) == "۷",
    "attribute: {name: plan_size, is: '7'}": lambda p: p.note("plan_size", 0) == "۷",
    "attribute: {name: plan_size, less_than: 6}": lambda p: p.note("plan_size", 0) == "5",
    "attribute: {name: plan_size, is_not: 5}": lambda p: p.note("plan_size", 1) not in (5.0, None),
    "attribute: {name: 2fa.on, is: true}": lambda p: p.note("2fa.on", 0) == "true",
    "signed_up: {within: 90 days}": lambda p: (
        p.row["created_at"] is not None and p.row["created_at"] >= p.as_of - 90 * DAY
    ),
    "signed_up: {never: true}": lambda p: p.row["created_at"] is None,
    "last_seen: {within: 30 days}": lambda p: seen_in(p, 30),
    "last_seen: {never: true}": lambda p: p.seen is None,
    "last_seen: {older_than: 30 days}": lambda p: p.seen is not None and not seen_in(p, 30),
    "last_purchase: {ago: {at_least: 90 days, at_most: 180 days}}": lambda p: (
        p.last is not None and 90 * DAY <= p.as_of - p.last <= 180 * DAY
    ),
    "last_purchase: {older_than: 90 days}": lambda p: p.last is not None and p.as_of - p.last > 90 * DAY,
    "last_purchase: {within: 90 days}": lambda p: p.last is not None and p.as_of - p.last <= 90 * DAY,
    "last_purchase: {ago: {is_not: 90 days}, ever: true}": lambda p: p.age() not in (None, 90 * DAY),
    "first_purchase: {never: true}": lambda p: not p.done,
    "orders: {count: {between: [1, 2]}}": lambda p: 1 <= len(p.done) <= 2,
    "orders: {within: 30 days}": lambda p: bool(p.within(30)),
    "orders: {count: 0, within: 30 days}": lambda p: not p.within(30),
    "orders: {where: {status: cancelled}}": lambda p: any(o["status"] == "cancelled" for o in p.orders),
    "orders: {where: {code: بهار}, count: {at_least: 1}}": lambda p: any(o["code"] == "بهار" for o in p.done),
    "orders: {where: {amount: {more_than: 50}}}": lambda p: any(
        o["amount"] > 5000 and o["currency"] == "GBP" for o in p.done
    ),
    "orders: {where: {amount: {at_least: 5000}, currency: IRR}}": lambda p: any(
        o["amount"] >= 5000 and o["currency"] == "IRR" for o in p.done
    ),
    "orders: {where: {currency: [EUR, IRR]}, count: {at_least: 2}}": lambda p: (
        sum(o["currency"] in ("EUR", "IRR") for o in p.done) >= 2
    ),
    "orders: {where: {sku: 22423, category: toys}}": lambda p: bool(
        lines(p.done, lambda each: sku(each, "22423") and category(each) == "toys")
    ),
    "orders: {where: {category: kitchen}, count: {at_least: 2}}": lambda p: (
        counted(lines(p.done, lambda each: category(each) == "kitchen")) >= 2
    ),
    "spend: {total: {less_than: 100}}": lambda p: p.spent() < 10000,
    "spend: {total: {at_least: 50}, currency: EUR}": lambda p: p.spent("EUR") >= 5000,
    "spend: {total: {at_least: 25}, where: {sku: [22423, 10002]}}": lambda p: (
        sum(
            each["amount"]
            for one, each in lines(p.done, lambda each: sku(each, "22423", "10002"))
            if one["currency"] == "GBP"
        )
        >= 2500
    ),
    "average_order: {value: {at_least: 50}}": lambda p: (
        (n := sum(o["currency"] == "GBP" for o in p.done)) > 0 and p.spent() / n >= 5000
    ),
    "bought: {product: قوري}": lambda p: bool(lines(p.done, lambda each: sku(each, "85123A"))),
    "bought: {category: toys, count: {at_least: 2}}": lambda p: (
        counted(lines(p.done, lambda each: category(each) == "toys")) >= 2
    ),
    "bought: {sku: 22423, within: 30 days}": lambda p: bool(
        lines(p.within(30), lambda each: sku(each, "22423"))
    ),
    "subscription: {kind: account, status: active}": lambda p: any(
        s["kind"] == "account" and s["status"] == "active" for s in p.standing()
    ),
    "subscription: {cancelled: {never: true}, status: active, plan: One year}": lambda p: any(
        s["cancelled_at"] is None and s["status"] == "active" and s["plan"] == "One year"
        for s in p.standing()
    ),
    "subscription: {expires: {in_next: 14 days}}": lambda p: any(
        s["expires_at"] is not None and p.as_of <= s["expires_at"] < p.as_of + 14 * DAY for s in p.standing()
    ),
    "subscription: {cancelled: {within: 90 days}, status: cancelled}": lambda p: any(
        s["status"] == "cancelled"
        and s["cancelled_at"] is not None
        and p.as_of - 90 * DAY <= s["cancelled_at"] < p.as_of
        for s in p.standing()
    ),
    "subscription: {price: {at_least: 90}}": lambda p: any(
        s["monthly_price"] == 9000 and s["currency"] in ("GBP", None) for s in p.subscriptions
    ),
    "did: {event: visited, within: 30 days}": lambda p: any(
        e["event"] == "visited" and e["occurred_at"] >= p.as_of - 30 * DAY for e in p.events
    ),
    "did: بازدید": lambda p: any(e["event"] == "بازديد" for e in p.events),
    "did: {event: cart_updated, where: {items: 2}}": lambda p: any(
        e["event"] == "cart_updated" and ((e["properties"] or {}).get("items") or [0, 0])[1] == 2
        for e in p.events
    ),
    "did: {event: order_placed, count: {at_least: 3}}": lambda p: (
        len(p.done) + sum(e["event"] == "order_placed" for e in p.events) >= 3
    ),
    "did: {event: order_placed, where: {amount: {at_least: 60}}}": lambda p: (
        any(o["amount"] >= 6000 and o["currency"] == "GBP" for o in p.done)
        or any(
            e["event"] == "order_placed" and ((e["properties"] or {}).get("amount") or [0, 0])[1] == 60
            for e in p.events
        )
    ),
    "did: {event: order_placed, where: {amount: {less_than: 50}, currency: eur}}": lambda p: any(
        o["amount"] < 5000 and o["currency"] == "EUR" for o in p.done
    ),
    **{
        f"consent: {{channel: {channel}, is: {status}}}": agreed(channel, "", status)
        for channel in ("email", "sms")
        for status in ("subscribed", "unsubscribed", "unknown")
    },
    **{
        f"consent: {{channel: email, topic: {topic}, is: {status}}}": agreed("email", topic, status)
        for topic in ("news", "offers", "nothing", "ویژه")
        for status in ("subscribed", "unsubscribed", "unknown")
    },
}


def people(as_of: datetime, cut: bool) -> Iterator[Person]:
    """Everybody who is there at `as_of`, with the rows that are there."""
    shop = rows()
    for row in shop[customer]:
        mine = {
            name: [one for one in shop[name] if one["customer_id"] == row["customer_id"]]
            for name in (order, event, subscription, table(Consent), tag)
        }
        if row["created_at"] is not None and row["created_at"] >= as_of:
            continue
        yield Person(
            as_of,
            row,
            [one | {"lines": _lines(shop, one)} for one in mine[order] if one["ordered_at"] < as_of],
            [one for one in mine[event] if one["occurred_at"] < as_of],
            [one for one in mine[subscription] if _there(one, as_of)],
            [one for one in mine[table(Consent)] if not cut or one["at"] < as_of],
            [one["tag"] for one in mine[tag]],
        )


def _lines(shop: dict[Any, list[Row]], one: Row) -> list[Row]:
    return [each for each in shop[line] if each["order_id"] == one["order_id"]]


def _there(one: Row, as_of: datetime) -> bool:
    started = one["started_at"] is None or one["started_at"] < as_of
    return started and one["valid_from"] < as_of and (one["valid_to"] is None or as_of <= one["valid_to"])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("meaning"), request) as database:
        fill(database)
        yield database


@pytest.fixture(scope="module", params=[(NOW, False), (NOW, True), (NOW - 90 * DAY, True)], ids=str)
def moment(request: pytest.FixtureRequest) -> tuple[Scope, list[Person]]:
    as_of, cut = request.param
    return Scope(as_of, currency="GBP", cut_ledger=cut), list(people(as_of, cut))


@pytest.mark.parametrize("text", MEANINGS)
def test_a_condition_means_what_it_says(
    shop: Database, moment: tuple[Scope, list[Person]], text: str
) -> None:
    scope, everybody = moment
    expected = {p.row["customer_id"] for p in everybody if MEANINGS[text](p)}
    assert ids(shop, condition(text), scope) == expected
