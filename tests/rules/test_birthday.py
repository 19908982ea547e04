"""Which days are whose birthday: leap days, two calendars, and what day it is where the customer lives."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert

from engine.durations import Calendar, Duration
from engine.rules.birthdays import birthdays, day_of, days
from engine.rules.compiler import Scope
from engine.rules.sources import customer
from engine.store.database import Database
from tests.rules.stores import condition, ids

JALALI = Calendar("Asia/Tehran", "jalali")


@pytest.mark.parametrize(
    ("day", "calendar", "kept"),
    [
        (date(2026, 2, 28), Calendar(), [228, 229]),
        (date(2026, 3, 1), Calendar(), [301]),
        (date(2028, 2, 28), Calendar(), [228]),
        (date(2028, 2, 29), Calendar(), [229]),
        (date(2100, 2, 28), Calendar(), [228, 229]),
        (date(2026, 3, 21), JALALI, [101]),
        # 1403 had a 30 Esfand, 1404 has none.
        (date(2025, 3, 20), JALALI, [1230]),
        (date(2025, 3, 19), JALALI, [1229]),
        (date(2026, 3, 20), JALALI, [1229, 1230]),
        (date(2026, 2, 28), JALALI, [1209]),
    ],
)
def test_a_leap_day_is_kept_the_day_before_in_other_years(
    day: date, calendar: Calendar, kept: list[int]
) -> None:
    assert birthdays(day, calendar) == kept


@pytest.mark.parametrize(
    ("length", "count"),
    [("0 days", 0), ("1 day", 1), ("7 days", 7), ("1 month", 28), ("1 year", 365), ("90 years", 366)],
)
def test_a_span_of_days_begins_today(length: str, count: int) -> None:
    found = days(date(2026, 2, 10), Duration.parse(length), Calendar())
    assert len(found) == count
    assert found[:1] == [date(2026, 2, 10)][:count]


def test_a_month_is_the_calendars() -> None:
    assert len(days(date(2026, 3, 21), Duration.parse("1 month"), JALALI)) == 31


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Pacific/Kiritimati", 16), ("Pacific/Niue", 15), ("", 15), (None, 15), ("Mars/Olympus", 15)],
)
def test_the_day_is_the_customers_own(zone: str | None, day: int) -> None:
    assert day_of(datetime(2026, 6, 15, 12, tzinfo=UTC), zone, "UTC") == date(2026, 6, day)


@pytest.fixture
def born(store_url: str) -> Database:
    """Somebody for each day from 14 to 23 June in three zones, and one who never said."""
    zones = {"k": "Pacific/Kiritimati", "n": "Pacific/Niue", "x": None}
    rows = [
        {"customer_id": f"{letter}{day}", "timezone": zone, "birthday_mmdd": 600 + day, "bucket": 0}
        for letter, zone in zones.items()
        for day in range(13, 24)
    ]
    database = Database(store_url)
    with database.write() as connection:
        connection.execute(insert(customer), rows)
        connection.execute(insert(customer), {"customer_id": "never", "bucket": 0})
    return database


def test_everybody_has_their_birthday_at_home(born: Database) -> None:
    """Half past ten in UTC is past midnight on Kiritimati, and half past eleven the day before on Niue."""
    scope = Scope(datetime(2026, 6, 15, 10, 30, tzinfo=UTC))
    assert ids(born, condition("birthday: today"), scope) == {"k16", "n14", "x15"}
    assert ids(born, condition("birthday: {in_next: 2 days}"), scope) == {
        *("k16", "k17", "n14", "n15", "x15", "x16"),
    }
    assert len(ids(born, condition("birthday: {in_next: 1 year}"), scope)) == 33
    assert ids(born, condition("birthday: {in_next: 0 days}"), scope) == set()
    born.close()
