"""Orders and customers brought in by hand: `csv.reader` and the quickest insert that each database has.

Nothing is checked, normalised, counted or moved; a value is trusted to be what it should be.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.measure import Cost, timed
from engine.store.database import Database

_BATCH = 50_000
Row = tuple[Any, ...]

_COLUMNS = {
    "orders": "customer_id order_id ordered_at amount currency status".split(),
    "customers": (
        "customer_id email phone first_name last_name country language timezone created_at "
        "email_address email_domain bucket"
    ).split(),
}
_TABLES = {"orders": ("orders", "customer_id, order_id"), "customers": ("customer", "customer_id")}


def rows(kind: str, file: Path, zoned: bool) -> Iterator[Row]:
    """The file's rows as the table takes them; instants as milliseconds, or as they stand."""
    read = _order if kind == "orders" else _customer
    with file.open(encoding="utf-8", newline="") as text:
        lines = csv.reader(text)
        next(lines)
        for line in lines:
            yield read(line, zoned)


def _order(line: list[str], zoned: bool) -> Row:
    order_id, customer_id, ordered_at, amount, currency, status = line
    return customer_id, order_id, _moment(ordered_at, zoned), round(float(amount) * 100), currency, status


def _customer(line: list[str], zoned: bool) -> Row:
    who, email, phone, first, last, country, _, language, zone, since, *_ = line
    address = email.lower() or None
    domain = address.partition("@")[2] if address else None
    moment = _moment(since, zoned)
    return who, email, phone, first, last, country, language, zone, moment, address, domain, hash(who) % 2**31


def _moment(text: str, zoned: bool) -> Any:
    return text if zoned else int(datetime.fromisoformat(text).timestamp() * 1000)


def upsert(url: str, kind: str, file: Path) -> int:
    """`csv.reader` and an upsert, batch by batch."""
    database = Database(url)
    put, source = _upserter(database, kind), rows(kind, file, not database.is_sqlite)
    count = 0
    while batch := list(islice(source, _BATCH)):
        with database.write() as connection:
            put(connection.connection.driver_connection, batch)
        count += len(batch)
    database.close()
    return count


def bare(url: str, kind: str, file: Path) -> Cost:
    """The insert alone, `executemany` or COPY straight into the table, of rows that are in memory."""
    database = Database(url)
    ready = list(rows(kind, file, not database.is_sqlite))
    names, (table, _) = ", ".join(_COLUMNS[kind]), _TABLES[kind]

    def insert() -> int:
        with database.write() as connection:
            driver: Any = connection.connection.driver_connection
            if database.is_sqlite:
                driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({_marks(kind)})", ready)
            else:
                _copy(driver, f"{table} ({names})", ready)
        return len(ready)

    cost = timed(insert)
    database.close()
    return cost


def _upserter(database: Database, kind: str) -> Callable[[Any, list[Row]], None]:
    names, (table, key) = ", ".join(_COLUMNS[kind]), _TABLES[kind]
    changed = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[kind] if name not in key)
    again = f"ON CONFLICT ({key}) DO UPDATE SET {changed}"
    if database.is_sqlite:
        statement = f"INSERT INTO {table} ({names}) VALUES ({_marks(kind)}) {again}"

        def put(driver: sqlite3.Connection, batch: list[Row]) -> None:
            driver.executemany(statement, batch)

        return put

    def put_copy(driver: Any, batch: list[Row]) -> None:
        cursor = driver.cursor()
        cursor.execute(f"CREATE TEMP TABLE here ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0")
        _copy(driver, f"here ({names})", batch)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM here {again}")

    return put_copy


def _copy(driver: Any, into: str, batch: list[Row]) -> None:
    with driver.cursor().copy(f"COPY {into} FROM STDIN") as copy:
        for row in batch:
            copy.write_row(row)


def _marks(kind: str) -> str:
    return ", ".join("?" * len(_COLUMNS[kind]))
