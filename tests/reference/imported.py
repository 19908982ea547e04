"""The same shop by way of files: what an import makes of them must be what the rules are asked about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import delete

from engine.ingest import import_file
from engine.rules.sources import customer, event, line, order, product, tag
from engine.settings import Brand, Settings
from engine.store.database import Database, table
from engine.store.people import Consent
from tests.reference.loading import calendar, load
from tests.reference.money import major
from tests.reference.shop import Customer, Order, Shop

_WHEN = datetime(2030, 1, 1, tzinfo=UTC)
#: A leap year, in which every birthday has a day.
_BORN = {"gregorian": 2000, "jalali": 1379}


def importable(shop: Shop) -> Shop:
    """The shop without lines that name no thing, which an import leaves out."""
    return replace(shop, customers=tuple(_without_empty_lines(one) for one in shop.customers))


def _without_empty_lines(one: Customer) -> Customer:
    kept = (
        replace(row, lines=tuple(each for each in row.lines if each.sku or each.category))
        for row in one.orders
    )
    return replace(one, orders=tuple(kept))


def bring(database: Database, shop: Shop) -> None:
    """The store then holds this shop; what files can tell came from files. Subscriptions are put there."""
    load(database, shop)
    with database.write() as connection:
        for one in (customer, tag, table(Consent), product, order, line, event):
            connection.execute(delete(one))
    brand = shop.brand
    settings = Settings(
        brand=Brand(timezone=brand.timezone, currency=brand.currency, calendar=calendar(brand).kind)
    )
    with TemporaryDirectory() as folder:
        for kind, rows in _files(shop).items():
            path = Path(folder) / f"{kind}.jsonl"
            path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), "utf-8")
            told = import_file(database, settings, kind, path, _WHEN)
            assert not told.left_out, told


def _files(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    people = shop.customers
    return {
        "order_lines": [row for one in people for row in _lines(one)],
        "orders": [_order(one, row) for one in people for row in one.orders],
        "customers": [_person(one, shop) for one in people],
        "products": [_given(vars(one)) for one in shop.products],
        "events": [row for one in people for row in _events(one)],
        "consents": [
            _given({"customer_id": one.customer_id, **vars(row), "at": _at(row.at)})
            for one in people
            for row in one.consents
        ],
    }


def _given(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _at(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else f"{float(major(minor, currency)):.2f}"


def _person(one: Customer, shop: Shop) -> dict[str, Any]:
    born = f"{_BORN[shop.brand.calendar]}-{one.birthday}" if one.birthday else None
    names = ("customer_id", "email", "country", "city", "language", "timezone", "source")
    told = {name: getattr(one, name) for name in names} | {"birthday": born, "created_at": _at(one.created)}
    return _given(told | {"tags": ";".join(one.tags) or None} | one.attributes)


def _order(one: Customer, row: Order) -> dict[str, Any]:
    told = {"order_id": row.order_id, "customer_id": one.customer_id, "ordered_at": _at(row.at)}
    money = {"amount": _amount(row.amount, row.currency), "currency": row.currency}
    return _given(told | money | {"status": row.status, "code": row.code})


def _lines(one: Customer) -> Iterable[dict[str, Any]]:
    for row in one.orders:
        for each in row.lines:
            money = {name: _amount(getattr(each, name), row.currency) for name in ("amount", "unit_price")}
            yield _given({"order_id": row.order_id, **vars(each), **money})


def _events(one: Customer) -> Iterable[dict[str, Any]]:
    for number, row in enumerate(one.events):
        told = {"event_id": f"{one.customer_id}-{number}", "customer_id": one.customer_id, "event": row.event}
        yield told | {"occurred_at": _at(row.at), "properties": row.properties}
