"""Orders and customers brought in by hand: `csv.reader` and the quickest insert that each database has.

A customer's line brings tags and consents, which have tables of their own, as the import's does.
Nothing is checked, counted or moved; a value is trusted to be what it should be.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.measure import Cost, timed
from engine.store.database import Database

_BATCH = 50_000
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Into:
    """A table, its columns, how many of them (the first ones) are its key, and its rows of one line."""

    table: str
    columns: str
    key: int
    of: Callable[[list[str], bool], list[Row]]

    @property
    def names(self) -> list[str]:
        return self.columns.split(", ")


def _order(line: list[str], zoned: bool) -> list[Row]:
    order_id, customer_id, ordered_at, amount, currency, status = line
    amount_ = round(float(amount) * 100)
    return [(customer_id, order_id, _moment(ordered_at, zoned), amount_, currency, status)]


def _customer(line: list[str], zoned: bool) -> list[Row]:
    who, email, phone, first, last, country, _, language, zone, since, _, _, _, points = line
    address = email.lower() or None
    domain = address.partition("@")[2] if address else None
    attributes = f'{{"loyalty_points": "{points}"}}'
    at, bucket = _moment(since, zoned), hash(who) % 2**31
    return [(who, email, phone, first, last, country, language, zone, at, address, phone or None, domain,
             attributes, bucket)]  # fmt: skip


def _tags(line: list[str], zoned: bool) -> list[Row]:
    return [(line[0], tag) for tag in line[10].split(";") if tag]


def _consents(line: list[str], zoned: bool) -> list[Row]:
    said = (("email", line[11]), ("sms", line[12]))
    at = _moment(line[9], zoned)
    return [
        (line[0], channel, "", at, "subscribed" if yes == "yes" else "unsubscribed", 0, "import")
        for channel, yes in said
        if yes
    ]


def _moment(text: str, zoned: bool) -> Any:
    return text if zoned else int(datetime.fromisoformat(text).timestamp() * 1000)


TABLES: dict[str, tuple[Into, ...]] = {
    "orders": (
        Into("orders", "customer_id, order_id, ordered_at, amount, currency, status", 2, _order),
    ),
    "customers": (
        Into(
            "customer",
            "customer_id, email, phone, first_name, last_name, country, language, timezone, created_at, "
            "email_address, phone_address, email_domain, attributes, bucket",
            1,
            _customer,
        ),
        Into("customer_tag", "customer_id, tag", 2, _tags),
        Into("consent", "customer_id, channel, topic, at, status, seq, source", 5, _consents),
    ),
}  # fmt: skip


def _lines(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8", newline="") as text:
        lines = csv.reader(text)
        next(lines)
        yield from lines


def _batches(kind: str, file: Path, zoned: bool) -> Iterator[tuple[int, list[list[Row]]]]:
    """How many lines, and the rows of each table; instants as milliseconds, or as they stand."""
    lines = _lines(file)
    while batch := list(islice(lines, _BATCH)):
        yield len(batch), [[row for line in batch for row in one.of(line, zoned)] for one in TABLES[kind]]


def upsert(url: str, kind: str, file: Path) -> int:
    """`csv.reader` and an upsert, batch by batch."""
    database, count = Database(url), 0
    for lines, parts in _batches(kind, file, not database.is_sqlite):
        with database.write() as connection:
            for one, rows in zip(TABLES[kind], parts, strict=True):
                _upsert(connection.connection.driver_connection, one, rows, database.is_sqlite)
        count += lines
    database.close()
    return count


def bare(url: str, kind: str, file: Path) -> Cost:
    """The insert alone, `executemany` or COPY straight into the tables, of rows that are in memory."""
    database = Database(url)
    ready = list(_batches(kind, file, not database.is_sqlite))

    def insert() -> int:
        with database.write() as connection:
            driver: Any = connection.connection.driver_connection
            for _, parts in ready:
                for one, rows in zip(TABLES[kind], parts, strict=True):
                    _insert(driver, one, rows, database.is_sqlite)
        return sum(lines for lines, _ in ready)

    cost = timed(insert)
    database.close()
    return cost


def _insert(driver: Any, one: Into, rows: list[Row], is_sqlite: bool) -> None:
    if is_sqlite:
        driver.executemany(f"INSERT INTO {one.table} ({one.columns}) VALUES ({_marks(one)})", rows)
    else:
        _copy(driver, f"{one.table} ({one.columns})", rows)


def _upsert(driver: Any, one: Into, rows: list[Row], is_sqlite: bool) -> None:
    key, others = one.names[: one.key], one.names[one.key :]
    changed = ", ".join(f"{name} = excluded.{name}" for name in others)
    again = f"ON CONFLICT ({', '.join(key)}) DO " + (f"UPDATE SET {changed}" if changed else "NOTHING")
    if is_sqlite:
        into = f"INSERT INTO {one.table} ({one.columns}) VALUES ({_marks(one)})"
        driver.executemany(f"{into} {again}", rows)
        return
    cursor, here = driver.cursor(), f"here_{one.table}"
    as_it = f"SELECT {one.columns} FROM {one.table} LIMIT 0"
    cursor.execute(f"CREATE TEMP TABLE {here} ON COMMIT DROP AS {as_it}")
    _copy(driver, f"{here} ({one.columns})", rows)
    cursor.execute(f"INSERT INTO {one.table} ({one.columns}) SELECT {one.columns} FROM {here} {again}")


def _copy(driver: Any, into: str, rows: list[Row]) -> None:
    with driver.cursor().copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _marks(one: Into) -> str:
    return ", ".join("?" * len(one.names))
