"""Random rules as their YAML would be read: every condition of the registry, nested, in segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.rules.condition import CONDITIONS
from tests.reference.pools import (
    CAMPAIGNS,
    CATEGORIES,
    CITIES,
    CODES,
    EVENTS,
    OFFERS,
    PLANS,
    SKUS,
    TAGS,
    ZONES,
)
from tests.reference.ranks import GROUPS
from tests.reference.tests_of import Drawer
from tests.reference.world import MEANINGS

Rule = dict[str, Any]
_DOMAINS = ("example.com", "EXAMPLE.org", "mail.example.com")
_PRODUCTS = ("CAKESTAND", "Cakestand, small", "قوری چای")
_KINDS = ("subscription", "account", "membership", "trial", "free_offer")


def _orders(draw: Drawer) -> Rule:
    extra = {"count": draw.count, "where": lambda: where(draw)}
    return draw.window() | draw.some(extra)


def _spend(draw: Drawer) -> Rule:
    fields: Rule = {"total": draw.amount()}
    if draw.dice.random() < 0.3:
        currency = draw.dice.choice(("EUR", "IRR", "GBP"))
        fields = {"total": draw.amount(currency), "currency": currency}
    if draw.dice.random() < 0.4:
        fields["where"] = where(draw, fields.get("currency"))
    return draw.window() | fields


def where(draw: Drawer, currency: str | None = None) -> Rule:
    """Tests on an order and on one line of it; amounts are in that currency unless they name others."""
    tests: dict[str, Callable[[], Any]] = {
        "status": lambda: draw.text(("completed", "cancelled", "refunded")),
        "code": lambda: draw.text(CODES),
        "currency": lambda: draw.text(("EUR", "GBP", "IRR")),
        "amount": lambda: draw.amount(currency),
        **_lines(draw),
    }
    return _named(draw.some(tests, least=1), draw)


def _lines(draw: Drawer) -> dict[str, Callable[[], Any]]:
    return {
        "sku": lambda: draw.text(SKUS),
        "category": lambda: draw.text(CATEGORIES),
        "product": lambda: draw.text(_PRODUCTS),
    }


def _bought(draw: Drawer) -> Rule:
    count = {"count": draw.count()} if draw.dice.random() < 0.4 else {}
    return draw.window() | draw.some(_lines(draw), least=1) | count


def _did(draw: Drawer) -> Any:
    if draw.dice.random() < 0.1:
        return draw.word(EVENTS)
    name = draw.word(EVENTS)
    if name == "order_placed":
        tests = {"currency": lambda: draw.text(("EUR", "GBP")), "code": lambda: draw.text(CODES)}
        tests["amount"] = draw.amount
    else:
        tests = {"items": draw.value, "amount": draw.value, "2fa.on": draw.value}
    extra = {"count": draw.count, "where": lambda: _named(draw.some(tests, least=1), draw)}
    return {"event": name} | draw.window() | draw.some(extra)


def _named(found: Rule, draw: Drawer) -> Rule:
    """An amount beside currencies is in one of them."""
    if "amount" in found and "currency" in found:
        found["currency"] = draw.dice.choice(("EUR", "IRR", ["GBP", "EUR"], ["EUR", "IRR"]))
        found["amount"] = draw.amount("IRR" if "IRR" in found["currency"] else "EUR")
    return found


def _subscription(draw: Drawer) -> Rule:
    tests: dict[str, Callable[[], Any]] = {
        "kind": lambda: draw.text(_KINDS),
        "plan": lambda: draw.text(PLANS),
        "status": lambda: draw.dice.choice((draw.text(("active", "cancelled", "expired")), "active")),
        "started": draw.time,
        "expires": draw.time,
        "cancelled": draw.time,
        "price": lambda: draw.number([0, 8999, 9000] if draw.brand.currency == "IRR" else [0, 89.99, 90]),
    }
    return draw.some(tests, least=1)


def _after_event(draw: Drawer) -> Rule:
    other = {"but_not": lambda: draw.word(EVENTS)} if draw.dice.random() < 0.6 else {}
    return {"did": draw.word(EVENTS)} | draw.some({"waited": draw.length, "within": draw.length, **other})


def _overdue(draw: Drawer) -> Rule:
    least = {"min_orders": lambda: draw.dice.choice((2, 3, 4))}
    return {"by": draw.dice.choice((1, 2, 0.5, 1.5, 3, "2.25"))} | draw.some(least)


def _rank(draw: Drawer) -> Rule:
    share = draw.dice.choice(("10%", "25%", "50%", "1%", "100%", "33%", "12.5%"))
    by = draw.dice.choice(("spend", "orders", "average_order"))
    return {"by": by, draw.dice.choice(("top", "bottom")): share} | draw.window()


def _rfm(draw: Drawer) -> Any:
    if draw.dice.random() < 0.5:
        return draw.dice.choice([name for name, _ in GROUPS])
    score = {name: lambda: draw.number((1, 2, 3, 4, 5)) for name in ("recency", "frequency", "monetary")}
    group = {"group": lambda: draw.dice.choice([name for name, _ in GROUPS])}
    return draw.some(score | group, least=1)


def _messages(draw: Drawer) -> Any:
    if draw.dice.random() < 0.1:
        return draw.dice.choice(CAMPAIGNS)
    channel = {"channel": lambda: draw.dice.choice(("email", "sms")), "count": draw.count}
    return draw.window() | draw.some({"campaign": lambda: draw.dice.choice(CAMPAIGNS), **channel})


def _enrolled(draw: Drawer) -> Rule:
    tests = {
        "campaign": lambda: draw.dice.choice(CAMPAIGNS),
        "state": lambda: draw.dice.choice(("active", "finished", "exited", "holdout")),
    }
    return draw.window() | draw.some(tests)


def _offered(draw: Drawer) -> Rule:
    tests = {
        "offer": lambda: draw.dice.choice(OFFERS),
        "redeemed": lambda: draw.dice.choice((True, False)),
        "expires": draw.time,
    }
    return draw.window() | draw.some(tests)


def _consent(draw: Drawer) -> Rule:
    topic = {"topic": lambda: draw.word(("news", "offers", "ویژه", "never-asked"))}
    status = draw.dice.choice(("subscribed", "unsubscribed", "unknown"))
    return {"channel": draw.dice.choice(("email", "sms")), "is": status} | draw.some(topic)


def _birthday(draw: Drawer) -> Any:
    lengths = ("1 day", "7 days", "2 weeks", "30 days", "365 days", "1 month", "3 months", "1 year")
    days: list[Any] = [{"today": True}, "today", *({"in_next": one} for one in lengths)]
    return draw.dice.choice(days)


MAKERS: dict[str, Callable[[Drawer], Any]] = {
    "everyone": lambda draw: True,
    "country": lambda draw: draw.text(("GB", "IE", "ir", "gb")),
    "city": lambda draw: draw.text(CITIES),
    "language": lambda draw: draw.text(("en", "fa")),
    "timezone": lambda draw: draw.text(ZONES),
    "source": lambda draw: draw.text(("newsletter", "شبکه")),
    "email_domain": lambda draw: draw.text(_DOMAINS),
    "tag": lambda draw: draw.text(TAGS),
    "attribute": lambda draw: draw.attribute(),
    "signed_up": lambda draw: draw.time(),
    "last_seen": lambda draw: draw.time(),
    "first_purchase": lambda draw: draw.time(),
    "last_purchase": lambda draw: draw.time(),
    "average_order": lambda draw: {"value": draw.amount()} | draw.window(),
    "order_trend": lambda draw: {"window": draw.length(), "ratio": draw.number((0, 0.5, 1, 1.5, 2, 0.33))},
    "birthday": _birthday,
    "orders": _orders,
    "spend": _spend,
    "bought": _bought,
    "overdue": _overdue,
    "rank": _rank,
    "rfm": _rfm,
    "subscription": _subscription,
    "did": _did,
    "after_event": _after_event,
    "received": _messages,
    "opened": _messages,
    "clicked": _messages,
    "enrolled": _enrolled,
    "offered": _offered,
    "consent": _consent,
}
GROUPS_OF = ("all", "any", "none")


def known() -> list[str]:
    """The conditions that say something themselves, as far as the engine has them."""
    return [key for key in CONDITIONS if key in MAKERS and key in MEANINGS]


def random_rule(draw: Drawer, keys: list[str], segments: list[str], depth: int = 0) -> Any:
    """A rule, at most three deep; now and then a bare list."""
    dice = draw.dice
    kind = dice.random()
    if depth < 3 and kind < 0.3:
        parts = [random_rule(draw, keys, segments, depth + 1) for _ in range(dice.choice((1, 2, 2, 3)))]
        found = {dice.choice(GROUPS_OF): parts}
        return parts if kind < 0.03 else found | (_clause(draw, keys, segments) if kind < 0.1 else {})
    return _clause(draw, keys, segments) | (_clause(draw, keys, segments) if kind > 0.85 else {})


def _clause(draw: Drawer, keys: list[str], segments: list[str]) -> Rule:
    if segments and draw.dice.random() < 0.06:
        return {"segment": draw.dice.choice(segments)}
    key = draw.dice.choice(keys)
    return {key: MAKERS[key](draw)}


def random_segments(draw: Drawer, keys: list[str], count: int = 4) -> Rule:
    """Segments, each of which may name those before it."""
    found: Rule = {}
    for number in range(count):
        found[f"segment-{number}"] = random_rule(draw, keys, list(found))
    return found
