"""One evaluation: a shop as one instant sees it, and who meets a rule there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from tests.reference.forms import Moment
from tests.reference.shop import Customer, Order, Product, Shop, Subscription, Version

Meaning = Callable[[Any, Customer, "World"], bool]
#: What each condition means, by its key.
MEANINGS: dict[str, Meaning] = {}


def means(*keys: str) -> Callable[[Meaning], Meaning]:
    """A decorator: this is the meaning of these conditions."""

    def put(meaning: Meaning) -> Meaning:
        MEANINGS.update(dict.fromkeys(keys, meaning))
        return meaning

    return put


class World:
    """The shop as `as_of` sees it. `cut_ledger` is said where the person asked for a past instant."""

    def __init__(
        self,
        shop: Shop,
        as_of: datetime,
        segments: Mapping[str, Any] | None = None,
        cut_ledger: bool = False,
    ) -> None:
        self.shop = shop
        self.brand = shop.brand
        self.moment = Moment(as_of, shop.brand)
        self.segments = segments or {}
        self.cut_ledger = cut_ledger
        self.memory: dict[str, Any] = {}

    @cached_property
    def customers(self) -> dict[str, Customer]:
        """Those who are there, with the rows that are there."""
        return {one.customer_id: self._seen(one) for one in self.shop.customers if self.there(one.created)}

    @cached_property
    def products(self) -> dict[str, Product]:
        return {one.sku: one for one in self.shop.products}

    def there(self, at: datetime | None) -> bool:
        """A row dated at or after `as_of` does not exist yet; one without a date always did."""
        return at is None or at < self.moment.as_of

    def remembered(self, name: str, make: Callable[[], Any]) -> Any:
        """What is reckoned over everybody, reckoned once."""
        if name not in self.memory:
            self.memory[name] = make()
        return self.memory[name]

    def audience(self, rule: Any) -> set[str]:
        return {one.customer_id for one in self.customers.values() if self.holds(rule, one)}

    def matches(self, rule: Any, customer_id: str) -> bool:
        """Whether that customer meets the rule; one who is not there meets none."""
        return customer_id in self.customers and self.holds(rule, self.customers[customer_id])

    def holds(self, rule: Any, customer: Customer) -> bool:
        """A mapping of conditions that must all hold, or a list of such."""
        if isinstance(rule, list):
            return all(self.holds(part, customer) for part in rule)
        return all(MEANINGS[key](value, customer, self) for key, value in rule.items())

    def _seen(self, one: Customer) -> Customer:
        return replace(
            one,
            orders=tuple(row for row in one.orders if self.there(row.at)),
            events=tuple(row for row in one.events if self.there(row.at)),
            subscriptions=tuple(row for row in one.subscriptions if self.there(row.started)),
            consents=tuple(row for row in one.consents if self.kept(row.at)),
        )

    def kept(self, at: datetime | None) -> bool:
        """The program's own ledger is read as committed, unless the person asked for a past instant."""
        return not self.cut_ledger or self.there(at)

    def standing(self, one: Subscription) -> Version:
        """How it stood then. What had not happened yet, had not: the status was active, the date empty."""
        as_of = self.moment.as_of
        found = next(row for row in one.versions if row.until is None or as_of <= row.until)
        if found.status == "cancelled" and found.cancelled is not None and found.cancelled >= as_of:
            return replace(found, status="active", cancelled=None)
        if found.status == "expired" and found.expires is not None and found.expires >= as_of:
            return replace(found, status="active", expires=None)
        return found


def completed(customer: Customer) -> list[Order]:
    return [one for one in customer.orders if one.status == "completed"]
