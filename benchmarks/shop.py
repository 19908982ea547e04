"""A shop of any size as CSV files: the same one each time, without anybody's data in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

#: The shop's present, and how far back its orders go.
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAYS = 1095
ORDERS_EACH, SUBSCRIPTION_EVERY = 5, 5
_CHUNK = 10_000

_NAMES = {
    "en": (
        "Alice Beth Carl Dora Evan Fay Grace Hugh Iris Jack".split(),
        "Smith Jones Brown Hill Wood Clark".split(),
    ),
    "fa": ("مریم سارا رضا نیما لیلا آرش".split(), "رضایی کریمی احمدی حسینی مرادی".split()),
    "de": ("Anna Jürgen Käthe Lukas Mia Paul".split(), "Müller Schmidt Weiß Vogel Krüger".split()),
}
_PLACES = (
    ("en", "GB", "Europe/London"),
    ("en", "US", "America/New_York"),
    ("en", "AU", "Australia/Sydney"),
    ("fa", "IR", "Asia/Tehran"),
    ("de", "DE", "Europe/Berlin"),
    ("en", "GB", ""),
)


@dataclass(frozen=True)
class Shop:
    """The files of a shop with so many customers; five orders each, and a subscription for every fifth."""

    folder: Path
    customers: int

    @property
    def orders(self) -> int:
        return self.customers * ORDERS_EACH

    @property
    def subscriptions(self) -> int:
        return self.customers // SUBSCRIPTION_EVERY

    def file(self, kind: str) -> Path:
        return self.folder / f"{kind}-{self.customers}.csv"


def make(folder: Path, customers: int) -> Shop:
    """Writes the files that are not there yet."""
    shop = Shop(folder, customers)
    folder.mkdir(parents=True, exist_ok=True)
    _write(shop.file("customers"), _CUSTOMERS, customers, _customer_rows(customers))
    _write(shop.file("orders"), _ORDERS, shop.orders, _order_rows(customers, shop.orders))
    _write(shop.file("subscriptions"), _SUBSCRIPTIONS, shop.subscriptions, _subscription_row)
    return shop


_CUSTOMERS = (
    "customer_id,email,phone,first_name,last_name,country,city,language,timezone,created_at,"
    "tags,email_consent,sms_consent,loyalty_points"
)
_ORDERS = "order_id,customer_id,ordered_at,amount,currency,status"
_SUBSCRIPTIONS = (
    "subscription_id,customer_id,kind,plan,status,started_at,expires_at,cancelled_at,monthly_price"
)

Row = Callable[[int, Random], str]


def _write(file: Path, head: str, count: int, row: Row) -> None:
    if file.exists():
        return
    random, unfinished = Random(file.name), file.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8", newline="") as out:
        out.write(head + "\n")
        for start in range(0, count, _CHUNK):
            out.writelines([row(n, random) for n in range(start, min(start + _CHUNK, count))])
    unfinished.rename(file)


def _customer_rows(customers: int) -> Row:
    """Nineteen in twenty were there before the first order; the others have just signed up."""
    older = _ordering(customers)

    def row(n: int, random: Random) -> str:
        chance, luck = random.random(), random.random()
        language, country, zone = _PLACES[int(chance * 600) % len(_PLACES)]
        first, last = _NAMES[language]
        name = "" if luck < 0.02 else first[int(luck * 1000) % len(first)]
        ago = DAYS + 1 + int(chance * 700) if n < older else int(chance * 60)
        day = (NOW - timedelta(days=ago)).date()
        box = n - (n % 100 == 7)  # one in a hundred shares an address
        email = "" if luck > 0.98 else f"Customer.{box}@Example-{box % 50}.com"
        phone = f"+4479{n:08d}"[:13] if country == "GB" else ""
        agreed, sms = ("yes" if chance < 0.9 else "no"), ("yes" if luck < 0.3 else "")
        tags = "vip;newsletter" if n % 40 == 0 else ""
        return (
            f"C{n:07d},{email},{phone},{name},{last[n % len(last)]},{country},,{language},{zone},"
            f"{day}T08:00:00Z,{tags},{agreed},{sms},{int(luck * 500)}\n"
        )

    return row


def _order_rows(customers: int, orders: int) -> Row:
    """In the order of time, as a shop exports them: neighbours in the file are different customers."""
    older, first = _ordering(customers), NOW.date() - timedelta(days=DAYS)
    days = [(first + timedelta(days=n)).isoformat() for n in range(DAYS)]
    a_day = orders / DAYS

    def row(n: int, random: Random) -> str:
        luck = random.random()
        who, day = int(older * luck * luck), int(n / a_day)
        second = int((n / a_day - day) * 86_400)
        minutes, seconds = divmod(second, 60)
        cents = 300 + int(random.random() * 15_000)
        sign = "-" if n % 90 == 0 else ""
        status = "cancelled" if n % 40 == 0 else "completed"
        return (
            f"O{n:08d},C{who:07d},{days[day]}T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}Z,"
            f"{sign}{cents // 100}.{cents % 100:02d},EUR,{status}\n"
        )

    return row


def _subscription_row(n: int, random: Random) -> str:
    chance = random.random()
    started = (NOW - timedelta(days=30 + int(chance * 700))).date()
    ends = (NOW + timedelta(days=int(random.random() * 400) - 30)).date()
    cancelled = f"{(NOW - timedelta(days=1 + n % 90)).date()}T12:00:00Z" if n % 7 == 0 else ""
    kind = ("subscription", "account", "free_offer", "membership")[n % 4]
    status = "cancelled" if cancelled else "active"
    return (
        f"S{n:07d},C{n * SUBSCRIPTION_EVERY:07d},{kind},basic,{status},"
        f"{started}T00:00:00Z,{ends}T00:00:00Z,{cancelled},9.90\n"
    )


def _ordering(customers: int) -> int:
    return max(1, customers * 19 // 20)


def ids(customers: int) -> Iterator[str]:
    """Every customer's id."""
    return (f"C{n:07d}" for n in range(customers))
