"""What a condition on the customer, and what `all`, `any` and `none`, mean."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.calendars import a_day, add_months, days_in, length, parts_of
from tests.reference.forms import number_passes, text_passes, time_passes, value_passes
from tests.reference.money import major
from tests.reference.shop import Consent, Customer
from tests.reference.texts import normal
from tests.reference.world import World, means


@means("all")
def _all(parts: list[Any], customer: Customer, world: World) -> bool:
    return all(world.holds(part, customer) for part in parts)


@means("any")
def _any(parts: list[Any], customer: Customer, world: World) -> bool:
    return any(world.holds(part, customer) for part in parts)


@means("none")
def _none(parts: list[Any], customer: Customer, world: World) -> bool:
    return not any(world.holds(part, customer) for part in parts)


@means("everyone")
def _everyone(value: Any, customer: Customer, world: World) -> bool:
    return value is True


@means("segment")
def _segment(name: str, customer: Customer, world: World) -> bool:
    return world.holds(world.segments[name], customer)


@means("city")
def _city(test: Any, customer: Customer, world: World) -> bool:
    return text_passes(test, customer.city)


@means("language")
def _language(test: Any, customer: Customer, world: World) -> bool:
    return text_passes(test, customer.language)


@means("timezone")
def _timezone(test: Any, customer: Customer, world: World) -> bool:
    return text_passes(test, customer.timezone)


@means("source")
def _source(test: Any, customer: Customer, world: World) -> bool:
    return text_passes(test, customer.source)


@means("country")
def _country(test: Any, customer: Customer, world: World) -> bool:
    """Codes are compared in capitals; less than a code is compared as it is written."""
    return text_passes(test, customer.country, lambda text: text.upper() if len(text) == 2 else normal(text))


@means("email_domain")
def _email_domain(test: Any, customer: Customer, world: World) -> bool:
    domain = customer.email.rpartition("@")[2] if customer.email else None
    return text_passes(test, domain, lambda text: normal(text).lower())


@means("tag")
def _tag(test: Any, customer: Customer, world: World) -> bool:
    """Some tag passes; who has none is like a missing text."""
    return any(text_passes(test, tag) for tag in customer.tags or (None,))


@means("attribute")
def _attribute(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    test = {key: bound for key, bound in fields.items() if key != "name"}
    return value_passes(test or {"exists": True}, customer.attributes.get(fields["name"]), world.moment)


@means("signed_up")
def _signed_up(test: dict[str, Any], customer: Customer, world: World) -> bool:
    return time_passes(test, customer.created, world.moment)


@means("birthday")
def _birthday(fields: Any, customer: Customer, world: World) -> bool:
    """Whether one of the days that are asked about is theirs, in their zone, by the brand's calendar."""
    if customer.birthday is None:
        return False
    kind = world.brand.calendar
    zone = ZoneInfo(customer.timezone or world.brand.timezone)
    today = world.moment.as_of.astimezone(zone).date()
    end = today + timedelta(days=1)
    if isinstance(fields, dict) and "in_next" in fields:
        count, unit = length(fields["in_next"])
        days = {"day": 1, "week": 7}.get(unit)
        months = count * {"month": 1, "year": 12}.get(unit, 0)
        end = today + timedelta(days=count * days) if days else add_months(today, months, kind)
    month, number = (int(part) for part in customer.birthday.split("-"))
    years = range(parts_of(today, kind)[0], parts_of(end, kind)[0] + 1)
    days_of = (a_day(year, month, min(number, days_in(year, month, kind)), kind) for year in years)
    return any(today <= day < end for day in days_of)


@means("subscription")
def _subscription(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    """Some one subscription passes every test."""
    for one in customer.subscriptions:
        row = world.standing(one)
        texts = {"kind": one.kind, "plan": row.plan, "status": row.status}
        times = {"started": one.started, "expires": row.expires, "cancelled": row.cancelled}
        ours = row.price is not None and one.currency in (None, world.brand.currency)
        price = major(row.price, world.brand.currency) if ours and row.price is not None else None
        if (
            all(text_passes(fields[key], text) for key, text in texts.items() if key in fields)
            and all(time_passes(fields[key], at, world.moment) for key, at in times.items() if key in fields)
            and ("price" not in fields or number_passes(fields["price"], price))
        ):
            return True
    return False


@means("consent")
def _consent(fields: dict[str, Any], customer: Customer, world: World) -> bool:
    said = [row for row in customer.consents if row.channel == fields["channel"]]
    return standing(said, normal(fields.get("topic", ""))) == str(fields["is"])


def standing(rows: list[Consent], topic: str) -> str:
    """What holds after every yes and no in its order; rows of unknown date came before all others.

    A no to the channel takes back each yes to a topic that was given before it.
    """
    dated = sorted((row for row in rows if row.at is not None), key=lambda row: (row.at is None, row.at))
    state: dict[str, str] = {}
    for row in [*(row for row in rows if row.at is None), *dated]:
        if row.topic == "" and row.status == "unsubscribed":
            state = {name: said for name, said in state.items() if said == "unsubscribed"}
        state[normal(row.topic)] = row.status
    return state.get(topic) or state.get("") or "unknown"
