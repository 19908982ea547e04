"""Subscriptions, accounts, memberships, trials and free offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, field_validator, model_validator
from sqlalchemy import ColumnElement, and_, case, func, or_

from engine.money import to_decimal
from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Given, reading
from engine.rules.mentions import Mention, of_test
from engine.rules.number_test import NumberTest
from engine.rules.purchases import check_amounts, minor
from engine.rules.scope import Scope
from engine.rules.sources import SUBSCRIPTIONS, subscription
from engine.rules.text_test import TextTest
from engine.rules.time_test import TimeTest
from engine.store.types import folded
from engine.text import did_you_mean

KINDS = ("subscription", "account", "membership", "trial", "free_offer")


@CONDITIONS.register("subscription")
class SubscriptionCondition(Condition):
    """Some one subscription passes every test, as it stood at `as_of`."""

    key: ClassVar[str] = "subscription"
    example: ClassVar[str] = "subscription: {kind: account, status: active, expires: {in_next: 14 days}}"

    kind: Given[TextTest] = None
    plan: Given[TextTest] = None
    status: Given[TextTest] = None
    started: Given[TimeTest] = None
    expires: Given[TimeTest] = None
    cancelled: Given[TimeTest] = None
    price: Given[NumberTest] = None

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, test: TextTest | None) -> TextTest | None:
        for name in test.named if test is not None else ():
            if name.lower() not in KINDS:
                raise ValueError(f"{name!r} is no kind of subscription ({did_you_mean(name, KINDS)})")
        return test

    @model_validator(mode="after")
    def _exact(self, info: ValidationInfo) -> Self:
        check_amounts(self.price, [reading(info).currency])
        return self

    def sql(self, scope: Scope) -> ColumnElement[bool]:
        return scope.facts.count(SUBSCRIPTIONS, *self._filters(scope)) > 0

    def _filters(self, scope: Scope) -> list[ColumnElement[bool]]:
        status, expires, cancelled = _as_it_stood(scope)
        row = subscription.c
        times = ((self.started, row.started_at), (self.expires, expires), (self.cancelled, cancelled))
        found = [test.passes(column, scope) for test, column in times if test is not None]
        found += self._of_the_kind()
        if self.status is not None:
            found.append(self.status.mapped(str.lower).passes(row.status, status))
        if self.plan is not None:
            found.append(self.plan.passes(row.plan))
        if self.price is not None:
            ours = func.coalesce(row.currency, scope.currency) == scope.currency
            price = self.price.passes(row.monthly_price, lambda value: minor(value, scope.currency))
            found.append(and_(ours, price))
        return found

    def _of_the_kind(self) -> list[ColumnElement[bool]]:
        kind = subscription.c.kind
        return [] if self.kind is None else [self.kind.mapped(str.lower).passes(kind, kind)]

    def evidence(self, scope: Scope) -> dict[str, ColumnElement[Any]]:
        """How many there are of the kind, how many pass, and of those, where they are one, what it says.

        Without one that passes, the same of the one there is.
        """
        facts, passing, all_ = scope.facts, self._filters(scope), self._of_the_kind()
        found: dict[str, ColumnElement[Any]] = {
            "passing": facts.count(SUBSCRIPTIONS, *passing),
            "all": facts.count(SUBSCRIPTIONS, *all_),
        }
        for name, column in _shown(scope).items():
            found[f"passing_{name}"] = facts.latest(SUBSCRIPTIONS, column, *passing)
            found[f"all_{name}"] = facts.latest(SUBSCRIPTIONS, column, *all_)
        return found

    def witnessed(self, row: Mapping[str, Any], scope: Scope) -> str:
        one = "passing" if row["passing"] == 1 else "all"
        if row[one] == 1:
            return _told({name: row[f"{one}_{name}"] for name in _shown(scope)}, scope)
        if not row["all"]:
            only = self.kind.exact() if self.kind is not None else None
            return f"has no {(only[0] if only and len(only) == 1 else 'subscription').replace('_', ' ')}"
        return f"{row['passing']:,} of {row['all']:,} are like this"

    def english(self, scope: Scope) -> str:
        told = self._told(scope)
        return f"has {'an' if told[0] in 'aeiou' else 'a'} {told}"

    def denied(self, scope: Scope) -> str:
        return f"has no {self._told(scope)}"

    def _told(self, scope: Scope) -> str:
        """`active account that expires ...`; a test that is no plain word is told at the end."""
        plain = [_words(test) for test in (self.status, self.kind)]
        told = " ".join(filter(None, [plain[0], plain[1] or "subscription"]))
        texts = (("status", self.status, plain[0]), ("kind", self.kind, plain[1]), ("plan", self.plan, ""))
        tests = [f"whose {name} {test.words()}" for name, test, said in texts if test and not said]
        times = (("started", self.started), ("expires", self.expires), ("was cancelled", self.cancelled))
        tests += [f"that {name} {test.words(scope)}" for name, test in times if test is not None]
        if self.price is not None:
            price = self.price.words(lambda value: f"{value} {scope.currency}")
            tests.append(f"that costs {price} a month")
        return " ".join([told, " and ".join(tests)]).rstrip()

    def mentions(self) -> Iterator[Mention]:
        yield from of_test("plan", self.plan)
        yield from of_test("subscription status", self.status, str.lower)

    def hopeless(self, scope: Scope) -> bool:
        tests = (self.kind, self.plan, self.status, self.price)
        ahead = (self.expires, self.cancelled)
        return (
            any(test.empty() for test in tests if test is not None)
            or any(test.empty(scope, past=False) for test in ahead if test is not None)
            or (self.started is not None and self.started.empty(scope))
        )


def _as_it_stood(scope: Scope) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """Status (folded), expiry and cancellation: one recorded ahead of its date has not happened yet."""
    row = subscription.c
    to_cancel = and_(row.status == "cancelled", row.cancelled_at >= scope.as_of)
    to_expire = and_(row.status == "expired", row.expires_at >= scope.as_of)
    return (
        case((or_(to_cancel, to_expire), "active"), else_=folded(row.status)),
        case((to_expire, None), else_=row.expires_at),
        case((to_cancel, None), else_=row.cancelled_at),
    )


def _words(test: TextTest | None) -> str:
    """`free offer or trial`, where the test only lists texts; else nothing."""
    only = test.exact() if test is not None and len(test.given()) == 1 else None
    return " or ".join(one.lower().replace("_", " ") for one in only or ())


def _shown(scope: Scope) -> dict[str, ColumnElement[Any]]:
    """What is told of a subscription."""
    status, expires, cancelled = _as_it_stood(scope)
    row = subscription.c
    texts = {"kind": row.kind, "plan": row.plan, "status": status}
    times = {"started": row.started_at, "expires": expires, "cancelled": cancelled}
    return texts | times | {"price": row.monthly_price, "currency": row.currency}


def _told(one: Mapping[str, Any], scope: Scope) -> str:
    """`account gold; active; expires 2011-12-20, in 10 days`."""
    name = " ".join(filter(None, (str(one["kind"]).replace("_", " "), one["plan"])))
    told = [name, str(one["status"])]
    told += [f"{word} {scope.told(one[word])}" for word in ("started", "expires", "cancelled") if one[word]]
    if one["price"] is not None:
        currency = one["currency"] or scope.currency
        told.append(f"{to_decimal(one['price'], currency)} {currency} a month")
    return "; ".join(told)
