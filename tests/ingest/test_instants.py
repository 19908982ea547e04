"""Instants as files write them: the quick way and the careful way agree with the standard library."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.durations import Calendar
from engine.ingest.instants import Instants
from engine.ingest.tally import Unreadable
from engine.store.types import to_millis
from engine.text import persian_digits

FIRST, LAST = datetime.fromisoformat("1900-01-02"), datetime.fromisoformat("2200-12-30")
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
UTC_READER = Instants(Calendar())
LONDON = Instants(Calendar("Europe/London"))
TEHRAN = Instants(Calendar("Asia/Tehran", "jalali"))


def millis(*when: int) -> int:
    return to_millis(datetime(*when, tzinfo=UTC))  # type: ignore[arg-type, misc]


@given(st.datetimes(FIRST, LAST, timezones=OFFSETS), st.sampled_from(["T", " "]))
def test_an_iso_instant_is_what_the_standard_library_says(moment: datetime, between: str) -> None:
    text = moment.isoformat(sep=between)
    expected = to_millis(moment.astimezone(UTC))
    for reader in (UTC_READER, LONDON):
        assert reader.parse(text) == expected
        assert reader.column([text]) == [expected]
    assert UTC_READER.parse(persian_digits(text)) == expected


@given(st.datetimes(FIRST, LAST))
def test_a_time_without_an_offset_is_the_brands(moment: datetime) -> None:
    expected = to_millis(moment.replace(tzinfo=ZoneInfo("Europe/London")).astimezone(UTC))
    assert LONDON.parse(moment.isoformat()) == expected
    assert UTC_READER.parse(moment.isoformat()) == to_millis(moment.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29T01:30", millis(2026, 3, 29, 1, 30)),  # skipped: the offset before the change, +00:00
        ("2026-10-25 01:30", millis(2026, 10, 25, 0, 30)),  # repeated: the first of the two, +01:00
        ("2026-07-01", millis(2026, 6, 30, 23)),
        ("2026/7/1", millis(2026, 6, 30, 23)),
        ("۲۰۲۶-۰۷-۰۱", millis(2026, 6, 30, 23)),
        ("2026-07-01T10:00:00.1239Z", millis(2026, 7, 1, 10, 0, 0, 123_000)),
        ("2026-07-01T10:00:00,5+0330", millis(2026, 7, 1, 6, 30, 0, 500_000)),
        ("2026-07-01 10:00:00 +02:00", millis(2026, 7, 1, 8)),
        ("2026-07-01T10:00z", millis(2026, 7, 1, 10)),
        ("2026-07-01T10:00-02", millis(2026, 7, 1, 12)),
    ],
)
def test_forms_that_occur(text: str, expected: int) -> None:
    assert LONDON.parse(text) == expected


@pytest.mark.parametrize("reader", [UTC_READER, LONDON])
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("1323475200", "is a number, not a date"),
        ("1323475200000", "is a number, not a date"),
        ("20111210", "is a number, not a date"),
        ("40887.5", "is a number, not a date"),
        ("0001-01-01T00:00:00Z", "is outside the years 1900 to 2200"),
        ("9999-12-31", "is outside the years 1900 to 2200"),
        ("1405-09-30", "is outside the years 1900 to 2200; a Jalali date needs brand.calendar: jalali"),
        ("2026-02-30", "is no day of the calendar"),
        ("2026-13-01T00:00:00Z", "is no day of the calendar"),
        ("2026-01-01T25:00", "has no such time of day"),
        ("2026-01-01T10:60:00Z", "has no such time of day"),
        ("2026-01-01T23:59:60Z", "has no such time of day"),
        ("2026-01-01T10", "has no time of day after its date"),
        ("2026-01-01 at ten", "has no time of day after its date"),
        ("31/12/2011", "is not a date"),
        ("10.12.2011", "is not a date"),
        ("2026-01-011", "is not a date"),
        ("yesterday", "is not a date"),
        ("²⁰²⁶-01-01", "is not a date"),
    ],
)
def test_what_is_no_instant_is_refused_with_its_reason(reader: Instants, text: str, what: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reader.parse(text)
    assert refused.value.what.startswith(what)
    with pytest.raises(LookupError):
        reader.column([text])


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_jalali_date_is_its_midnight_in_tehran(day: date) -> None:
    from persiantools.jdatetime import JalaliDate

    jalali = JalaliDate(day).isoformat()  # type: ignore[no-untyped-call]
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Asia/Tehran"))
    for text in (jalali, persian_digits(jalali), jalali.replace("-", "/")):
        assert TEHRAN.parse(text) == to_millis(midnight.astimezone(UTC))
    assert TEHRAN.parse(f"{jalali} 00:00:01") == to_millis(midnight.astimezone(UTC)) + 1000


def test_a_jalali_shop_reads_gregorian_dates_too() -> None:
    assert TEHRAN.parse("2026-03-21T00:00:00Z") == millis(2026, 3, 21)
    with pytest.raises(Unreadable, match="no day of the calendar"):
        TEHRAN.parse("1404-12-30")  # Esfand has 29 days in that year


@given(st.text(max_size=40))
def test_no_text_is_a_bug(text: str) -> None:
    for reader in (UTC_READER, LONDON, TEHRAN):
        try:
            assert millis(1899, 12, 1) < reader.parse(text) < millis(2201, 1, 2)
        except Unreadable:
            pass
