"""Random shops that love edges: rows exactly on bounds, people with nothing, ties, refunds, Persian texts."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.reference.calendars import TICK, shift
from tests.reference.pools import (
    AS_OFS,
    BIRTHDAYS,
    CAMPAIGNS,
    CATEGORIES,
    CITIES,
    CODES,
    EVENTS,
    LATER,
    LENGTHS,
    MONTHS,
    NAMES,
    OFFERS,
    PLANS,
    PRODUCTS,
    SKUS,
    TAGS,
    TOPICS,
    VALUES,
    ZONES,
)
from tests.reference.shop import (
    Brand,
    Code,
    Consent,
    Customer,
    Delivery,
    Enrollment,
    Event,
    Line,
    Order,
    Reply,
    Shop,
    Subscription,
    Version,
)


@dataclass
class Maker:
    """What a shop is drawn from: dice, a brand, and the instants that matter to it."""

    dice: random.Random
    brand: Brand
    instants: tuple[datetime, ...]
    lengths: tuple[str, ...] = ()
    moments: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Few lengths in one shop, so that its rows and its rules meet."""
        self.lengths = (*self.dice.sample(LENGTHS, 2), "1 month", "1 year", self.dice.choice(MONTHS))
        bounds = [(one, times) for one in self.lengths for times in (-2, -1, -1, -1, 1)]
        for instant in self.instants:
            self.moments += [instant] * 8
            self.moments += [shift(instant, one, times, self.brand) for one, times in bounds]

    def maybe(self, *of: Any) -> Any:
        return self.dice.choice([None, *of])

    def moment(self) -> datetime:
        """Mostly on a bound or a tick beside it; now and then anywhere in three years."""
        if self.dice.random() < 0.15:
            return self.instants[0] - timedelta(seconds=self.dice.randrange(-(10**6), 10**8))
        return self.dice.choice(self.moments) + self.dice.choice((-TICK, 0 * TICK, 0 * TICK, TICK))

    def before(self) -> datetime:
        """Mostly in the past of the latest instant."""
        return min(self.moment(), max(self.moment() for _ in range(2)))


def random_instants(dice: random.Random, brand: Brand, count: int) -> tuple[datetime, ...]:
    """The instants at which the shop will be asked; up to two are chosen for the brand's time zone."""
    chosen = [*dice.sample(LATER[brand.timezone], 2), *dice.sample(AS_OFS, count)][:count]
    return tuple(datetime.fromisoformat(one).astimezone(UTC) for one in chosen)


def random_shop(maker: Maker, customers: int = 60) -> Shop:
    """A shop of so many customers, a tenth of whom have nothing at all."""
    names = [_name(number) for number in range(customers)]
    return Shop(maker.brand, tuple(_customer(maker, name) for name in names), PRODUCTS)


def _name(number: int) -> str:
    """Ids whose bytes do not stand in the order of their letters."""
    return f"{('c', 'C', 'ç', 'ک')[number % 4]}{number:03}"


def _customer(maker: Maker, name: str) -> Customer:
    dice, maybe = maker.dice, maker.maybe
    if dice.random() < 0.1:
        return Customer(name)
    return Customer(
        customer_id=name,
        email=maybe("a@example.com", "b@example.org", "c@mail.example.com"),
        country=maybe("GB", "IE", "IR"),
        city=maybe(*CITIES),
        language=maybe("en", "fa"),
        timezone=maybe(*ZONES),
        source=maybe("newsletter", "شبکه", "شبكه"),
        birthday=maybe(*BIRTHDAYS[maker.brand.calendar]),
        created=maybe(maker.before(), maker.before(), maker.moment()),
        attributes={one: dice.choice(VALUES) for one in NAMES if dice.random() < 0.6},
        tags=tuple(sorted({dice.choice(TAGS) for _ in range(dice.randrange(3))})),
        orders=_orders(maker, name),
        events=tuple(_event(maker) for _ in range(dice.choice((0, 1, 2, 3, 5)))),
        subscriptions=tuple(_subscription(maker, f"{name}-{n}") for n in range(dice.choice((0, 0, 1, 2, 3)))),
        consents=_consents(maker),
        **_ledger(maker),
    )


def _orders(maker: Maker, name: str) -> tuple[Order, ...]:
    """None, one or several; now and then in step, so that the next one is overdue to the millisecond."""
    dice, count = maker.dice, maker.dice.choice((0, 0, 1, 1, 2, 3, 4, 6, 9))
    times = [maker.before() for _ in range(count)]
    if dice.random() < 0.2:
        step = dice.choice(("1 day", "30 days", "12 hours"))
        latest, late = dice.choice(maker.instants), dice.choice((1, 2, 3))
        times = [shift(latest, step, -late - n, maker.brand) for n in range(count)]
    return tuple(_order(maker, f"{name}-{number}", at) for number, at in enumerate(times))


def _order(maker: Maker, name: str, at: datetime) -> Order:
    dice = maker.dice
    return Order(
        order_id=name,
        at=at,
        amount=dice.choice((-500, 0, 4999, 5000, 5000, 5001, 10000, 50000)),
        currency=dice.choice((maker.brand.currency,) * 4 + ("EUR", "GBP", "IRR")),
        status=dice.choice(("completed",) * 5 + ("cancelled", "refunded")),
        code=maker.maybe(None, *CODES),
        lines=tuple(_line(maker) for _ in range(dice.choice((0, 1, 1, 2, 3)))),
    )


def _line(maker: Maker) -> Line:
    dice, maybe = maker.dice, maker.maybe
    return Line(
        sku=maybe(*SKUS),
        category=maybe(None, None, *CATEGORIES),
        amount=maybe(-100, 0, 2500, 5000),
        quantity=dice.choice((None, 1, 2, -1)),
        unit_price=maybe(100, 2500),
    )


def _event(maker: Maker) -> Event:
    dice = maker.dice
    told = {one: dice.choice(VALUES) for one in ("items", "amount", "2fa.on") if dice.random() < 0.5}
    return Event(dice.choice(EVENTS), maker.before(), told)


def _subscription(maker: Maker, name: str) -> Subscription:
    dice = maker.dice
    changes = sorted({maker.moment() for _ in range(dice.choice((0, 0, 1, 2)))})
    return Subscription(
        subscription_id=name,
        kind=dice.choice(("subscription", "account", "membership", "trial", "free_offer")),
        started=maker.maybe(maker.before(), maker.before(), maker.moment()),
        currency=dice.choice((maker.brand.currency, maker.brand.currency, "EUR", None)),
        versions=tuple(_version(maker, until) for until in (*changes, None)),
    )


def _version(maker: Maker, until: datetime | None) -> Version:
    return Version(
        until=until,
        status=maker.dice.choice(("active", "active", "cancelled", "expired")),
        plan=maker.maybe(*PLANS),
        expires=maker.maybe(maker.moment(), maker.dice.choice(maker.instants)),
        cancelled=maker.maybe(maker.moment(), maker.dice.choice(maker.instants)),
        price=maker.maybe(0, 8999, 9000),
    )


def _consents(maker: Maker) -> tuple[Consent, ...]:
    """Two of them at one instant now and then: the later in the file wins."""
    times = [maker.moment(), None]
    return tuple(
        Consent(
            maker.dice.choice(("email", "email", "sms")),
            maker.dice.choice(TOPICS),
            maker.dice.choice(times),
            maker.dice.choice(("subscribed", "unsubscribed")),
        )
        for _ in range(maker.dice.choice((0, 1, 2, 4, 6)))
    )


def _ledger(maker: Maker) -> dict[str, Any]:
    dice, some = maker.dice, (0, 1, 2, 4)
    return {
        "enrollments": tuple(_enrollment(maker, one) for one in CAMPAIGNS if dice.random() < 0.5),
        "deliveries": tuple(_delivery(maker) for _ in range(dice.choice(some))),
        "codes": tuple(_code(maker) for _ in range(dice.choice(some))),
    }


def _enrollment(maker: Maker, campaign: str) -> Enrollment:
    entered, ended = sorted((maker.moment(), maker.moment()))
    state = maker.dice.choice(("active", "finished", "exited", "holdout"))
    return Enrollment(campaign, state, entered, ended if state in ("finished", "exited") else None)


def _delivery(maker: Maker) -> Delivery:
    """An accepted one may be opened and clicked, often, and by machines."""
    dice = maker.dice
    state = dice.choice(("accepted", "accepted", "accepted", "failed", "planned", "unknown"))
    count = dice.choice((0, 1, 3, 4)) if state == "accepted" else 0
    return Delivery(
        dice.choice(CAMPAIGNS),
        dice.choice(("email", "sms")),
        state,
        maker.moment() if state in ("accepted", "failed") else None,
        tuple(
            Reply(dice.choice(("opened", "clicked", "delivered")), maker.moment(), dice.random() < 0.2)
            for _ in range(count)
        ),
    )


def _code(maker: Maker) -> Code:
    issued = maker.maybe(maker.moment(), maker.moment(), maker.moment())
    redeemed = maker.maybe(maker.moment()) if issued else None
    return Code(maker.dice.choice(OFFERS), issued, maker.maybe(maker.moment()), redeemed)
