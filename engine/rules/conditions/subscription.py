"""Subscriptions, accounts, memberships, trials and free offers."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import ValidationInfo, field_validator, model_validator
from sqlalchemy import ColumnElement, and_, case, func, or_

from engine.rules.condition import CONDITIONS, Condition
from engine.rules.forms import Given, reading
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
        if self.kind is not None:
            found.append(self.kind.mapped(str.lower).passes(row.kind, row.kind))
        if self.status is not None:
            found.append(self.status.mapped(str.lower).passes(row.status, status))
        if self.plan is not None:
            found.append(self.plan.passes(row.plan))
        if self.price is not None:
            ours = func.coalesce(row.currency, scope.currency) == scope.currency
            price = self.price.passes(row.monthly_price, lambda value: minor(value, scope.currency))
            found.append(and_(ours, price))
        return found

    def english(self, scope: Scope) -> str:
        texts = (("kind", self.kind), ("plan", self.plan), ("status", self.status))
        times = (("started", self.started), ("expires", self.expires), ("cancelled", self.cancelled))
        told = [f"{name} {test.words()}" for name, test in texts if test is not None]
        told += [f"{name} {test.words(scope)}" for name, test in times if test is not None]
        if self.price is not None:
            told.append("price " + self.price.words(lambda value: f"{value} {scope.currency}"))
        return "has a subscription" + (f" with {', '.join(told)}" if told else "")

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
