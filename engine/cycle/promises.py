"""Offers on their way: enough codes for a plan, one for each message, and what letters say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine.clock import iso
from engine.compose.links import signing_key
from engine.errors import YoursToFix
from engine.offers import listing
from engine.offers.codes import BLANK
from engine.offers.reserve import reserve as reserve_codes
from engine.offers.stock import code, stock
from engine.offers.terms import Terms
from engine.outbox.transitions import Key
from engine.rules.campaign import Campaign
from engine.rules.condition import Reading
from engine.rules.drafts import draft_of
from engine.rules.loader import RuleBook
from engine.rules.offer import Offer
from engine.settings import Settings
from engine.text import did_you_mean

_DISCOUNT = ("percent", "amount", "currency", "free_shipping", "gift")
#: Stands where a code of the shop's own will stand.
_SOME_CODE = "YOUR-CODE"


def terms(offer: Offer, settings: Settings) -> Terms:
    """The offer as the stage of offers knows it."""
    expires, form = offer.expires, offer.code
    made = Terms(
        name=offer.name,
        unique=form.unique or "",
        shared=form.shared or "",
        pool=settings.root / form.pool if form.pool else None,
        budget=offer.budget.codes if offer.budget else None,
    )
    if expires is None:
        return made
    calendar = settings.brand.reckoning
    return Terms(
        made.name, made.unique, made.shared, made.pool, made.budget,
        lambda start: expires.of(start, calendar),
    )  # fmt: skip


class Pledges:
    """The codes that the campaigns of one plan would take, in the order in which they are served."""

    def __init__(self, connection: Connection, settings: Settings, now: datetime) -> None:
        self._connection, self._settings, self._now = connection, settings, now
        self._taken: Counter[str] = Counter()

    def short(self, campaign: Campaign, people: int) -> str | None:
        """Why the campaign cannot keep its promise to so many; None when it can, and they are counted."""
        for offer in promised(campaign) if people else ():
            why = self._short(offer, people)
            if why:
                return f"offer {offer.name}: {why}"
            self._taken[offer.name] += people
        return None

    def _short(self, offer: Offer, people: int) -> str:
        ends = offer.expires.at if offer.expires else None
        if ends is not None and ends <= self._now:
            return f"it ended on {self._settings.brand.reckoning.show(ends)}"
        try:
            left = stock(self._connection, terms(offer, self._settings)).left
        except YoursToFix as error:
            return str(error)
        if left is None or people <= left - self._taken[offer.name]:
            return ""
        remains = max(left - self._taken[offer.name], 0)
        more = "put more codes into its pool" if offer.code.pool else "raise its budget"
        return f"{people:,} people would get a code, and {remains:,} are left: {more}"


def promised(campaign: Campaign) -> list[Offer]:
    """What its messages offer."""
    return [campaign.offers[step.offer] for step in campaign.steps if step.offer]


def reserve(connection: Connection, campaign: Campaign, slot: str, settings: Settings, now: datetime) -> None:
    """A code for each message of that run which promises one."""
    for number, step in enumerate(campaign.steps):
        if step.offer:
            key, offer = signing_key(connection), terms(campaign.offers[step.offer], settings)
            reserve_codes(connection, offer, (campaign.name, slot), number, key, now)


def given(connection: Connection, keys: Sequence[Key]) -> dict[Key, tuple[str, dict[str, Any]]]:
    """By delivery, the offer that it promises, with `code` and `expires_at`."""
    mine = code.c.dedupe_key.in_(sorted(key for _, key in keys))
    rows = connection.execute(
        select(code.c.customer_id, code.c.dedupe_key, code.c.offer, code.c.code, code.c.expires_at)
        .where(code.c.customer_id.in_(sorted({customer for customer, _ in keys})), mine)
    )  # fmt: skip
    return {(row.customer_id, row.dedupe_key): (row.offer, _dated(row.code, row.expires_at)) for row in rows}


def sample(campaign: Campaign, settings: Settings, now: datetime) -> dict[str, Any]:
    """What a preview says of the offer: nothing is reserved, so a placeholder stands for the code."""
    for offer in promised(campaign):
        form = offer.code
        placeholder = form.shared or (form.unique or "").replace(BLANK, "X") or _SOME_CODE
        return shown(offer, settings) | _dated(placeholder, terms(offer, settings).expires(now))
    return {}


def shown(offer: Offer, settings: Settings) -> dict[str, Any]:
    """What templates know as `offer`, but for its code and its end; only what there is."""
    discount = offer.discount
    currency = discount.currency or settings.brand.currency
    percent = discount.percent
    told: dict[str, Any] = {"name": offer.name, "describe": offer.describe}
    if percent is not None:
        told["percent"] = int(percent) if percent == percent.to_integral_value() else float(percent)
    if discount.amount is not None:
        told |= {"amount": discount.minor(currency), "currency": currency}
    if discount.free_shipping:
        told["free_shipping"] = True
    if discount.gift is not None:
        told["gift"] = discount.gift
    return told


def _dated(written: str, ends: datetime | None) -> dict[str, Any]:
    return {"code": written} | ({"expires_at": iso(ends)} if ends is not None else {})


def kept(documents: Mapping[str, str], settings: Settings) -> dict[str, dict[str, Any]]:
    """By name, what templates know of offers as a version kept them."""
    reading = Reading(settings.brand.reckoning, settings.brand.currency)
    drafts = [draft_of(source, name, reading) for name, source in documents.items()]
    return {one.rule.name: shown(one.rule, settings) for one in drafts if isinstance(one.rule, Offer)}


def overview(connection: Connection, offers: Mapping[str, Offer], settings: Settings) -> list[dict[str, Any]]:
    """Each offer with its terms, its codes by state, what is left, and what is wrong with it."""
    counts = listing.by_state(connection)
    gone = {name: counts[name] for name in sorted(counts.keys() - offers.keys())}
    told = [_overview(connection, one, counts.get(one.name), settings) for one in offers.values()]
    return [
        *told,
        *({"offer": name, "describe": "", "file": None, "codes": had} for name, had in gone.items()),
    ]


def _overview(
    connection: Connection, offer: Offer, counts: dict[str, int] | None, settings: Settings
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "offer": offer.name,
        "describe": offer.describe,
        "file": offer.file,
        "discount": {name: value for name, value in shown(offer, settings).items() if name in _DISCOUNT},
        "codes": counts or dict.fromkeys(listing.STATES, 0),
        "expires": str(offer.expires.after) if offer.expires and offer.expires.after else None,
        "ends": iso(offer.expires.at) if offer.expires and offer.expires.at else None,
        "budget": offer.budget.codes if offer.budget else None,
    }
    try:
        found = stock(connection, terms(offer, settings))
        return told | {"left": found.left, "low": found.low, "trouble": None}
    except YoursToFix as error:
        return told | {"left": 0, "low": True, "trouble": str(error)}


def codes_of(
    connection: Connection, book: RuleBook, name: str, state: str | None
) -> Iterator[dict[str, Any]]:
    """The codes of an offer; one whose file is gone may still be asked for. Raises YoursToFix."""
    if state is not None and state not in listing.STATES:
        raise YoursToFix(f"{state!r} is no state of a code; {did_you_mean(state, listing.STATES)}")
    if name not in listing.by_state(connection):
        book.offer(name)
    return listing.codes(connection, name, state)
