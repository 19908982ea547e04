"""Conditions as people would say them: each as what follows "customers", with no dates of today in it.

`english` tells a clause with its bounds, for looking into; these are for reading aloud. A condition that
is not told here falls back on its own English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from engine.rules.condition import Condition
from engine.rules.purchases import LineWhere, OrderWhere
from engine.rules.scope import Scope
from engine.rules.text_test import TextTest
from engine.rules.value_test import ValueTest
from engine.text import isolated

_MEASURES = ("exactly ", "at least ", "at most ", "more than ", "less than ", "between ", "not ")
_KINDS = {"free_offer": "free offer"}


def phrase(condition: Condition, scope: Scope) -> str:
    """`who ordered within the last year`; it follows "customers" or "those". `scope` is undated."""
    say = _SAID.get(condition.key)
    told = say(condition, scope) if say else f"of whom this is true: {condition.english(scope)}"
    return re.sub(r"\b(last|next) 1 (?=[a-z])", r"\1 ", told)


def _time(subject: str, verb: str, never: str, ever: str) -> Callable[[Any, Scope], str]:
    def say(test: Any, scope: Scope) -> str:
        if set(test.given()) <= {"never", "ever"}:
            return never if test.never else ever
        told = f"{subject} {verb} {test.words(scope)}"
        return told.replace("last seen within", "seen within")

    return say


def _profile(called: str) -> Callable[[Any, Scope], str]:
    def say(test: Any, scope: Scope) -> str:
        return f"whose {called} {_of_text(test.mapped(test.normal))}"

    return say


def _of_text(test: TextTest) -> str:
    """`is GB or IE`; right-to-left texts are kept apart from the sentence around them."""
    shown = test.mapped(isolated) if len(test.given()) == 1 else test
    if len(shown.given()) == 1 and shown.in_:
        return f"is {_listed(shown.in_)}"
    if len(shown.given()) == 1 and shown.not_in:
        return "is " + (
            f"neither {' nor '.join(shown.not_in)}" if shown.not_in[1:] else f"not {shown.not_in[0]}"
        )
    return test.words()


def _of_value(test: ValueTest, scope: Scope) -> str:
    """`is at least 5`, `is large`."""
    words = test.words(scope)
    return f"is {words}" if words.startswith(_MEASURES) else words


def _attribute(test: Any, scope: Scope) -> str:
    return f"whose {isolated(test.name)} {_of_value(test, scope)}"


def _tag(test: Any, scope: Scope) -> str:
    if test.exists is False:
        return "who have no tag"
    if _exact(test):
        return f"who have the tag {_listed(isolated(tag) for tag in _exact(test))}"
    return "who have a tag" if test.given() == {"exists": True} else f"who have a tag that {_of_text(test)}"


def _orders(test: Any, scope: Scope) -> str:
    if test.count.asks_only_some:
        what = "who ordered"
    elif test.count.is_ == 0:
        what = "who have no orders"
    else:
        number = test.count.words()
        what = f"who have {number} {'order' if number.endswith(' 1') else 'orders'}"
    return _told([what, test.words(scope), _where(test.where, scope)])


def _spend(test: Any, scope: Scope) -> str:
    currency = test.currency or scope.currency
    amount = test.total.words(lambda value: f"{value} {currency}")
    return _told([f"who spent {amount}", test.words(scope), _where(test.where, scope)])


def _average(test: Any, scope: Scope) -> str:
    amount = test.value.words(lambda value: f"{value} {scope.currency}")
    return _told([f"whose average order is {amount}", test.words(scope)])


def _bought(test: Any, scope: Scope) -> str:
    times = "" if test.count.asks_only_some else f"in {test.count.words()} orders"
    return _told([f"who bought something whose {_lines(test)}", times, test.words(scope)])


def _lines(where: LineWhere) -> str:
    tests = (("category", where.category), ("sku", where.sku), ("product", where.product))
    return " and whose ".join(f"{name} {_of_text(test)}" for name, test in tests if test is not None)


def _where(where: OrderWhere, scope: Scope) -> str:
    """`(orders below 0 EUR, with something whose category is tea)`."""
    tests = (("status", where.status), ("currency", where.currency), ("code", where.code))
    told = [f"whose {name} {_of_text(test)}" for name, test in tests if test is not None]
    if where.amount is not None:
        told.append("of " + where.amount.words(lambda value: f"{value} {scope.currency}"))
    if _lines(where):
        told.append(f"with something whose {_lines(where)}")
    return f"(counting only orders {' and '.join(told)})" if told else ""


def _did(test: Any, scope: Scope) -> str:
    times = "" if test.count.asks_only_some else f"{test.count.words()} times"
    told = [f"{isolated(name)} {_of_value(one, scope)}" for name, one in test.where.items()]
    where = f"(where {' and '.join(told)})" if told else ""
    return _told([f"who did {isolated(test.event)}", times, test.words(scope), where])


def _after_event(test: Any, scope: Scope) -> str:
    span = f"between {test.waited} and {test.within} ago"
    if test.waited is None or test.within is None:
        span = f"within the last {test.within}" if test.within else f"at least {test.waited} ago"
        span = span if test.within or test.waited else ""
    but_not = f", and no {isolated(test.but_not)} since" if test.but_not is not None else ""
    return _told([f"who last did {isolated(test.did)}", span]) + but_not


def _overdue(test: Any, scope: Scope) -> str:
    least = f"ordered at least {test.min_orders} times and " if test.min_orders > 2 else ""
    return f"who {least}have now been silent for more than {test.by.normalize():f} times their usual gap"


def _order_trend(test: Any, scope: Scope) -> str:
    before = f"those of the {test.window} before"
    return f"whose orders of the last {test.window} are {test.ratio.words()} times {before}"


def _subscription(test: Any, scope: Scope) -> str:
    kinds = _listed(_KINDS.get(kind, kind) for kind in _exact(test.kind)) or "subscription"
    status = _listed(_exact(test.status))
    noun = f"{status} {kinds}".strip()
    told = [f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"]
    others = (("kind", test.kind), ("status", test.status), ("plan", test.plan))
    told += [
        f"whose {name} {_of_text(one)}" for name, one in others if one and (name == "plan" or not _exact(one))
    ]
    times = (("started", test.started), ("ends", test.expires), ("was cancelled", test.cancelled))
    told += [_happened(verb, one, scope) for verb, one in times if one is not None]
    if test.price is not None:
        told.append("that costs " + test.price.words(lambda value: f"{value} {scope.currency}"))
    return "who have " + _told([told[0], " and ".join(told[1:])])


def _happened(verb: str, test: Any, scope: Scope) -> str:
    if test.never:
        return {"ends": "without an end", "started": "without a beginning"}.get(
            verb, "that was never cancelled"
        )
    return f"that {verb} {test.words(scope)}"


def _exact(test: TextTest | None) -> tuple[str, ...]:
    """The only texts that can pass, if that is all the test says."""
    return (test.exact() or ()) if test is not None and len(test.given()) == 1 else ()


def _consent(test: Any, scope: Scope) -> str:
    channel = {"sms": "SMS"}.get(test.channel, test.channel)
    about = f"{channel} about {isolated(test.topic)}" if test.topic else channel
    said = {"subscribed": "have said yes to", "unsubscribed": "have said no to"}
    return f"who {said.get(test.is_, 'have said neither yes nor no to')} {about}"


def _birthday(test: Any, scope: Scope) -> str:
    return "whose birthday is today" if test.today else f"whose birthday is in the next {test.in_next}"


def _rank(test: Any, scope: Scope) -> str:
    share = test.top or test.bottom
    end = "top" if test.top else "bottom"
    by = {"spend": "money spent", "orders": "number of orders"}.get(test.by, "average order")
    return _told([f"who are among the {end} {share.normalize():f}% by {by}", test.words(scope)])


def _rfm(test: Any, scope: Scope) -> str:
    if test.group is not None and len(test.given()) == 1:
        return f"who are in the RFM group {test.group}"
    scores = test.english(scope).replace(" score ", " score is ")
    return f"who are {scores}" if test.group is not None else f"whose {scores}"


def _messages(test: Any, scope: Scope) -> str:
    return f"who {test.english(scope)}"


def _enrolled(test: Any, scope: Scope) -> str:
    return f"who {test.english(scope)}".replace("who is ", "who are ")


def _offered(test: Any, scope: Scope) -> str:
    told = f"who {test.english(scope)}".replace("who was ", "who were ")
    return told.replace("and has not used", "and have not used")


def _any(test: Condition, scope: Scope) -> str:
    return _group(test, scope, "or")


def _all(test: Condition, scope: Scope) -> str:
    return _group(test, scope, "and")


def _group(test: Condition, scope: Scope, word: str) -> str:
    told = [phrase(part, scope) for part in test.inner]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])}, {word} {told[-1]}"


def _none(test: Condition, scope: Scope) -> str:
    return "but not those " + " or ".join(phrase(part, scope) for part in test.inner)


def _listed(words: Iterable[str]) -> str:
    several = list(words)
    return several[0] if len(several) == 1 else " or ".join(several)


def _told(parts: Iterable[str]) -> str:
    return " ".join(part for part in parts if part)


_SAID: dict[str, Callable[[Any, Scope], str]] = {
    "everyone": lambda test, scope: "of every kind",
    "segment": lambda test, scope: f"who are in the segment {test.name}",
    "all": _all,
    "any": _any,
    "none": _none,
    **{key: _profile(key.replace("_", " ")) for key in ("country", "city", "language", "source")},
    "timezone": _profile("time zone"),
    "email_domain": _profile("e-mail domain"),
    "attribute": _attribute,
    "tag": _tag,
    "signed_up": _time(
        "who", "signed up", "whose day of signing up nobody knows", "who signed up on a known day"
    ),
    "last_seen": _time("who were", "last seen", "who were never seen", "who were seen at any time"),
    "first_purchase": _time("whose first order", "was", "who never ordered", "who ever ordered"),
    "last_purchase": _time("whose last order", "was", "who never ordered", "who ever ordered"),
    "orders": _orders,
    "spend": _spend,
    "average_order": _average,
    "bought": _bought,
    "did": _did,
    "after_event": _after_event,
    "overdue": _overdue,
    "order_trend": _order_trend,
    "subscription": _subscription,
    "consent": _consent,
    "birthday": _birthday,
    "rank": _rank,
    "rfm": _rfm,
    **dict.fromkeys(("received", "opened", "clicked"), _messages),
    "enrolled": _enrolled,
    "offered": _offered,
}
