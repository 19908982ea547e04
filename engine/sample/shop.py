"""The sample shop's rows, customer by customer, each with their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from engine.sample.lives import LANDS, LIVES, PLANS, PRODUCTS, Land, Life
from engine.text import persian_digits

Row = Sequence[object]

COLUMNS = {
    "customers": (
        "customer_id email phone first_name last_name country city language timezone birthday created_at "
        "source tags email_consent sms_consent favourite household"
    ),
    "products": "sku description category",
    "orders": "order_id customer_id ordered_at amount currency status code",
    "order_lines": "order_id sku quantity unit_price",
    "subscriptions": (
        "subscription_id customer_id kind plan status started_at expires_at cancelled_at monthly_price "
        "currency"
    ),
    "events": "event_id customer_id event occurred_at properties",
    "consents": "customer_id channel topic status at source",
}


@dataclass
class Shop:
    """The rows of every file while they come about. All chance is `random`'s."""

    now: datetime
    random: Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: {kind: [] for kind in COLUMNS})
    prices: dict[str, int] = field(default_factory=dict)
    last_email: str = ""

    def stock(self) -> None:
        for category, names in PRODUCTS.items():
            for number, name in enumerate(names, start=1):
                sku = f"{category[:3].upper()}-{number:02d}"
                self.prices[sku] = self.random.randrange(290, 4990, 10)
                self.rows["products"].append((sku, name, category))

    def welcome(self, customer_id: str, number: int) -> None:
        """One customer with their whole history."""
        land = self.random.choices(LANDS, [land.share for land in LANDS])[0]
        life = self.random.choices(LIVES, [life.share for life in LIVES])[0]
        ordered = self._order_days(life)
        since = (ordered[-1] if ordered else 0) + self.random.uniform(*life.signed_up)
        self._customer(customer_id, number, land, since)
        for days in reversed(ordered):
            self._order(customer_id, days)
        self._visits(customer_id, life, since)
        self._subscription(customer_id, since)

    def ago(self, days: float) -> str:
        """The instant so many days before now, as files write it."""
        return (self.now - timedelta(seconds=round(days * 86_400))).isoformat().replace("+00:00", "Z")

    def _order_days(self, life: Life) -> list[float]:
        """Days before now of each order, the last first."""
        if life.last_order is None:
            return []
        days = [self.random.uniform(*life.last_order)]
        for _ in range(self.random.randint(*life.orders) - 1):
            days.append(days[-1] + self.random.uniform(9, 75))
        return days

    def _customer(self, customer_id: str, number: int, land: Land, since: float) -> None:
        random = self.random
        first = random.choice(land.first_names.split(","))
        last = random.choice(land.last_names.split(","))
        born = self.now.date() - timedelta(days=random.randrange(18 * 365, 75 * 365))
        row = (
            customer_id,
            self._email(number),
            self._phone(land) if random.random() < 0.6 else "",
            "" if random.random() < 0.06 else first,
            "" if random.random() < 0.04 else last,
            land.country,
            random.choice(land.cities.split(",")),
            land.language if random.random() < 0.95 else "",
            land.timezone if random.random() < 0.9 else "",
            born.isoformat() if random.random() < 0.5 else "",
            self.ago(since),
            random.choice(("web", "web", "web", "shop", "friend")),
            "staff"
            if number % 600 == 7
            else random.choice(("", "", "", "", "gift-giver", "wholesale;gift-giver")),
            *self._consents(customer_id, since),
            random.choice((*PRODUCTS, "")),
            random.choice(("", 1, 2, 2, 3, 4, 5)),
        )
        self.rows["customers"].append(row)

    def _email(self, number: int) -> str:
        """Mostly a good address; now and then another customer's, none, or one that cannot be written to."""
        luck = self.random.random()
        if luck < 0.01 and self.last_email:
            return self.last_email.upper()
        if luck < 0.03:
            return ""
        if luck < 0.035:
            return self.random.choice(
                ("unknown", "n/a", f"customer{number}@", f"customer {number}@example.com")
            )
        self.last_email = f"customer{number}@example.{'org' if number % 5 == 0 else 'com'}"
        return self.last_email

    def _phone(self, land: Land) -> str:
        pattern = self.random.choice(land.phones.split(","))
        phone = "".join(str(self.random.randrange(10)) if sign == "#" else sign for sign in pattern)
        return persian_digits(phone) if land.language == "fa" and self.random.random() < 0.3 else phone

    def _consents(self, customer_id: str, since: float) -> tuple[str, str]:
        """What the customer ticked; some changed their mind later."""
        random = self.random
        email = random.choices(("yes", "no", ""), (72, 10, 18))[0]
        sms = random.choices(("yes", "no", ""), (34, 20, 46))[0]
        if random.random() < 0.05:
            status = random.choice(("unsubscribed", "unsubscribed", "subscribed"))
            channel, topic = random.choice((("email", ""), ("email", "news"), ("sms", "")))
            at = self.ago(random.uniform(0, since))
            self.rows["consents"].append((customer_id, channel, topic, status, at, "preferences page"))
        return email, sms

    def _order(self, customer_id: str, days: float) -> None:
        random, orders = self.random, self.rows["orders"]
        order_id = f"A{len(orders) + 1:06d}"
        total = 0
        for sku in random.sample(list(self.prices), random.choice((1, 1, 2, 2, 3, 4))):
            quantity = random.choice((1, 1, 1, 2, 2, 3, 6))
            total += quantity * self.prices[sku]
            self.rows["order_lines"].append((order_id, sku, quantity, _decimal(self.prices[sku])))
        status = (
            random.choices(("completed", "cancelled", "pending"), (95, 3, 2))[0] if days > 30 else "completed"
        )
        code = random.choice(("", "", "", "", "", "", "SPRING10"))
        orders.append((order_id, customer_id, self.ago(days), _decimal(total), "EUR", status, code))
        if days > 30 and random.random() < 0.01:
            refund = (
                f"{order_id}-R",
                customer_id,
                self.ago(days - 5),
                _decimal(-total),
                "EUR",
                "completed",
                "",
            )
            orders.append(refund)

    def _visits(self, customer_id: str, life: Life, since: float) -> None:
        random, events = self.random, self.rows["events"]
        latest = min(life.visits[1], since)
        for _ in range(random.randrange(4) if latest > life.visits[0] else 0):
            event = random.choice(("page_viewed", "page_viewed", "cart_updated"))
            sku = random.choice(list(self.prices))
            properties = f'{{"sku": "{sku}", "value": {_decimal(self.prices[sku])}}}'
            at = self.ago(random.uniform(life.visits[0], latest))
            events.append((f"E{len(events) + 1:06d}", customer_id, event, at, properties))

    def _subscription(self, customer_id: str, since: float) -> None:
        luck = self.random.uniform(0, 1000)
        for kind, plan, price, status, expires, cancelled, share in PLANS:
            luck -= share
            if luck >= 0:
                continue
            ended = self.random.uniform(*cancelled) if cancelled else 0.0
            if since < ended:
                return
            started = self.random.uniform(ended, since)
            due = self.ago(-self.random.uniform(*expires)) if expires else ""
            rows = self.rows["subscriptions"]
            dates = (self.ago(started), due, self.ago(ended) if cancelled else "")
            rows.append((f"S{len(rows) + 1:05d}", customer_id, kind, plan, status, *dates, price, "EUR"))
            return


def _decimal(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
