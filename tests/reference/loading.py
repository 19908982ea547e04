"""A shop of the reference, brought into a store as an import would bring it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table, delete, insert

from engine.durations import Calendar
from engine.ingest.instants import Instants
from engine.ingest.notes import Notes
from engine.rules.sources import (
    code,
    customer,
    delivery,
    enrollment,
    event,
    line,
    order,
    product,
    reply,
    subscription,
    tag,
)
from engine.store.database import Database, table
from engine.store.people import Consent
from engine.store.types import ALWAYS
from tests.reference.shop import Brand, Customer, Shop, Subscription

Rows = dict[Table, list[dict[str, Any]]]


def calendar(brand: Brand) -> Calendar:
    """The engine's calendar of that brand."""
    return Calendar(brand.timezone, "jalali" if brand.calendar == "jalali" else "gregorian")


def load(database: Database, shop: Shop) -> None:
    """The store then holds this shop and nothing else."""
    with database.write() as connection:
        for into, rows in all_rows(shop).items():
            connection.execute(delete(into))
            if rows:
                connection.execute(insert(into), rows)


def all_rows(shop: Shop) -> Rows:
    notes = Notes(Instants(calendar(shop.brand)))
    people = shop.customers
    products = [
        {"sku": one.sku, "description": one.description, "category": one.category} for one in shop.products
    ]
    return {
        customer: [_person(one, notes, number) for number, one in enumerate(people)],
        tag: [{"customer_id": one.customer_id, "tag": word} for one in people for word in one.tags],
        table(Consent): [row for one in people for row in _consents(one)],
        product: products,
        order: [row for one in people for row in _orders(one)],
        line: [row for one in people for row in _lines(one)],
        event: [row for one in people for row in _events(one, notes)],
        subscription: [row for one in people for each in one.subscriptions for row in _versions(one, each)],
        enrollment: [row for one in people for row in _enrollments(one)],
        delivery: [row for one in people for row in _deliveries(one)],
        reply: [row for one in people for row in _replies(one)],
        code: [row for one in people for row in _codes(one)],
    }


def _noted(values: dict[str, str], notes: Notes) -> Any:
    return json.loads(notes.one(values)) if values else None


def _person(one: Customer, notes: Notes, number: int) -> dict[str, Any]:
    month, day = (int(part) for part in (one.birthday or "0-0").split("-"))
    return {
        "customer_id": one.customer_id,
        "email": one.email,
        "email_domain": one.email.rpartition("@")[2] if one.email else None,
        "country": one.country,
        "city": one.city,
        "language": one.language,
        "timezone": one.timezone,
        "birthday": f"2000-{one.birthday}" if one.birthday else None,
        "birthday_mmdd": month * 100 + day if one.birthday else None,
        "created_at": one.created,
        "source": one.source,
        "attributes": _noted(one.attributes, notes),
        "bucket": number,
    }


def _consents(one: Customer) -> Iterable[dict[str, Any]]:
    """Of equal rows the store has one, the last."""
    found = {
        (row.channel, row.topic, row.at or ALWAYS, row.status): seq for seq, row in enumerate(one.consents)
    }
    for (channel, topic, at, status), seq in found.items():
        key = {"customer_id": one.customer_id, "channel": channel, "topic": topic, "at": at}
        yield key | {"status": status, "seq": seq, "source": ""}


def _orders(one: Customer) -> Iterable[dict[str, Any]]:
    for row in one.orders:
        yield {
            "customer_id": one.customer_id,
            "order_id": row.order_id,
            "ordered_at": row.at,
            "amount": row.amount,
            "currency": row.currency,
            "status": row.status,
            "code": row.code,
        }


def _lines(one: Customer) -> Iterable[dict[str, Any]]:
    for row in one.orders:
        for number, each in enumerate(row.lines):
            yield {
                "customer_id": one.customer_id,
                "order_id": row.order_id,
                "line_key": f"k{number}",
                "ordinal": 0,
                "sku": each.sku,
                "category": each.category,
                "quantity": each.quantity,
                "unit_price": each.unit_price,
                "amount": each.worth,
            }


def _events(one: Customer, notes: Notes) -> Iterable[dict[str, Any]]:
    for number, row in enumerate(one.events):
        yield {
            "customer_id": one.customer_id,
            "event_id": f"{one.customer_id}-{number}",
            "event": row.event,
            "occurred_at": row.at,
            "properties": _noted(row.properties, notes),
        }


def _versions(one: Customer, each: Subscription) -> Iterable[dict[str, Any]]:
    since = ALWAYS
    for row in each.versions:
        yield {
            "customer_id": one.customer_id,
            "subscription_id": each.subscription_id,
            "valid_from": since,
            "valid_to": row.until,
            "kind": each.kind,
            "plan": row.plan,
            "status": row.status,
            "started_at": each.started,
            "expires_at": row.expires,
            "cancelled_at": row.cancelled,
            "monthly_price": row.price,
            "currency": each.currency,
        }
        since = row.until or ALWAYS


def _enrollments(one: Customer) -> Iterable[dict[str, Any]]:
    for row in one.enrollments:
        yield {
            "customer_id": one.customer_id,
            "campaign": row.campaign,
            "slot": "s",
            "version": "v",
            "state": row.state,
            "entered_at": row.entered,
            "ended_at": row.ended,
        }


def _deliveries(one: Customer) -> Iterable[dict[str, Any]]:
    for number, row in enumerate(one.deliveries):
        name = f"{one.customer_id}-{number}"
        yield {
            "customer_id": one.customer_id,
            "dedupe_key": name,
            "delivery_id": name,
            "campaign": row.campaign,
            "version": "v",
            "slot": "s",
            "channel": row.channel,
            "template": "t",
            "address": name,
            "state": row.state,
            "not_before": ALWAYS,
            "created_at": ALWAYS,
            "settled_at": row.settled,
        }


def _replies(one: Customer) -> Iterable[dict[str, Any]]:
    for number, row in enumerate(one.deliveries):
        for each, came in enumerate(row.replies):
            yield {
                "customer_id": one.customer_id,
                "fingerprint": f"{number}-{each}",
                "dedupe_key": f"{one.customer_id}-{number}",
                "campaign": row.campaign,
                "channel": row.channel,
                "kind": came.kind,
                "at": came.at,
                "received_at": came.at,
                "bot": came.bot,
            }


def _codes(one: Customer) -> Iterable[dict[str, Any]]:
    for number, row in enumerate(one.codes):
        yield {
            "customer_id": one.customer_id,
            "dedupe_key": f"{one.customer_id}-{number}",
            "offer": row.offer,
            "code": f"BACK-{number}",
            "state": "reserved" if row.issued is None else "issued",
            "reserved_at": ALWAYS,
            "issued_at": row.issued,
            "expires_at": row.expires,
            "redeemed_at": row.redeemed,
        }
