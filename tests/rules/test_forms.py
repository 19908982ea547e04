"""Laws of the shared forms: SQL says what Python says, and bounds are where the calendar puts them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, String, cast, literal, null, select

from engine.durations import Calendar, Duration
from engine.rules.compiler import Scope
from engine.rules.forms import Reading, total
from engine.rules.number_test import AgeTest, NumberTest
from engine.rules.text_test import TextTest
from engine.rules.time_test import TimeTest, Window
from engine.store.database import Database
from engine.store.types import Instant
from engine.text import fold
from tests.rules.stores import store

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ON_A_DATABASE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
words = st.text(alphabet="aAbÉé 1۱٣يیكک\u200c.%_'\"e\u0301", min_size=1, max_size=4)
whole = st.integers(-5, 5)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("forms"), request) as found:
        yield found


def holds(database: Database, predicates: list[Any]) -> list[bool]:
    with database.read() as connection:
        columns = [total(one).label(f"p{number}") for number, one in enumerate(predicates)]
        return [bool(value) for value in connection.execute(select(*columns)).one()]


# Texts


def text_says(key: str, value: Any, told: str | None) -> bool:
    """The meaning of one key of a text test."""
    if key == "exists":
        return (told is not None) == bool(value)
    if told is None:
        return False
    mine, text = [fold(one) for one in (value if isinstance(value, list) else [value])], fold(told)
    says: dict[str, bool] = {
        "is": text in mine,
        "in": text in mine,
        "is_not": text not in mine,
        "not_in": text not in mine,
        "contains": mine[0] in text,
        "starts_with": text.startswith(mine[0]),
        "ends_with": text.endswith(mine[0]),
    }
    return says[key]


text_tests = st.dictionaries(
    st.sampled_from(["is", "is_not", "contains", "starts_with", "ends_with"]), words, min_size=1, max_size=2
) | st.dictionaries(st.sampled_from(["in", "not_in"]), st.lists(words, min_size=1, max_size=3), min_size=1)


@ON_A_DATABASE
@given(test=text_tests, texts=st.lists(words | st.just(""), min_size=1, max_size=8))
def test_a_text_test_means_the_same_in_sql(
    database: Database, test: dict[str, Any], texts: list[str]
) -> None:
    form = TextTest.model_validate(test)
    told = [*texts, None]
    columns = [cast(null() if one is None else literal(one), String) for one in told]
    expected = [all(text_says(key, value, one) for key, value in test.items()) for one in told]
    assert holds(database, [form.passes(column) for column in columns]) == expected
    if form.empty():
        assert not any(expected)


@pytest.mark.parametrize(
    ("test", "empty"),
    [
        ({"is": "a", "is_not": "a"}, True),
        ({"in": ["a", "b"], "not_in": ["b"]}, False),
        ({"in": ["a"], "starts_with": "b"}, True),
        ({"is": "علي", "in": ["علی"]}, False),
        ({"exists": False, "is": "a"}, True),
        ({"exists": False}, False),
        ({"contains": "a", "ends_with": "b"}, False),
    ],
)
def test_a_text_test_that_nothing_can_pass(test: dict[str, Any], empty: bool) -> None:
    assert TextTest.model_validate(test).empty() is empty


def test_a_whole_number_is_a_text_too() -> None:
    assert TextTest.model_validate(22423) == TextTest.model_validate({"is": "22423"})


# Numbers

number_tests = st.dictionaries(
    st.sampled_from(["is", "is_not", "at_least", "at_most", "more_than", "less_than"]),
    whole,
    min_size=1,
    max_size=3,
) | st.builds(lambda a, b: {"between": [a, b]}, whole, whole)


def number_says(key: str, bound: Any, value: int) -> bool:
    if key == "between":
        return bool(bound[0] <= value <= bound[1])
    says: dict[str, bool] = {
        "is": value == bound,
        "is_not": value != bound,
        "at_least": value >= bound,
        "at_most": value <= bound,
        "more_than": value > bound,
        "less_than": value < bound,
    }
    return says[key]


@ON_A_DATABASE
@given(test=number_tests)
def test_a_number_test_means_the_same_in_sql_and_in_python(database: Database, test: dict[str, Any]) -> None:
    form, values = NumberTest.model_validate(test), list(range(-6, 7))
    expected = [all(number_says(key, bound, value) for key, bound in test.items()) for value in values]
    assert holds(database, [form.passes(literal(value)) for value in values]) == expected
    assert [form.holds(value) for value in values] == expected
    assert not holds(database, [form.passes(cast(null(), BigInteger))])[0]
    if form.empty():
        assert not any(expected)


@given(low=whole, high=whole)
def test_crossed_bounds_are_seen(low: int, high: int) -> None:
    assert NumberTest.model_validate({"between": [low, high]}).empty() == (low > high)
    assert NumberTest.model_validate({"more_than": low, "at_most": high}).empty() == (low >= high)


@pytest.mark.parametrize(
    ("written", "read"), [(3, "3"), (0.1, "0.1"), ("۱۲٫۵", "12.5"), (10.10, "10.1"), ("-3", "-3")]
)
def test_numbers_are_read_exactly(written: Any, read: str) -> None:
    assert NumberTest.model_validate(written).is_ == Decimal(read)


# Times

lengths = st.builds(
    lambda count, unit: f"{count} {unit}", st.integers(0, 40), st.sampled_from(["days", "hours", "months"])
)
ages = st.dictionaries(
    st.sampled_from(["is", "is_not", "at_least", "at_most", "more_than", "less_than"]),
    lengths,
    min_size=1,
    max_size=2,
)
time_tests = st.fixed_dictionaries(
    {},
    optional={"within": lengths, "older_than": lengths, "ago": ages, "in_next": lengths,
              "before": st.just("2026-06-01"), "after": st.just("2026-06-01T10:00:00Z")},
).filter(bool)  # fmt: skip


def time_says(test: dict[str, Any], t: datetime, calendar: Calendar) -> bool:
    """The table of docs/rules.md."""

    def back(length: str) -> datetime:
        return calendar.back(NOW, Duration.parse(length))

    says = {
        "within": lambda value: back(value) <= t < NOW,
        "older_than": lambda value: t < back(value),
        "ago": lambda value: (
            t < NOW and all(number_says(_TURN[key], back(one), t) for key, one in value.items())  # type: ignore[arg-type]
        ),
        "in_next": lambda value: NOW <= t < calendar.ahead(NOW, Duration.parse(value)),
        "before": lambda value: t < calendar.date(value),
        "after": lambda value: t >= calendar.date(value),
    }
    return all(says[key](value) for key, value in test.items())


_TURN = {"is": "is", "is_not": "is_not", "at_least": "at_most", "at_most": "at_least",
         "more_than": "less_than", "less_than": "more_than"}  # fmt: skip


@ON_A_DATABASE
@given(test=time_tests, zone=st.sampled_from(["UTC", "Europe/London"]))
def test_a_time_test_means_the_same_in_sql(database: Database, test: dict[str, Any], zone: str) -> None:
    calendar = Calendar(zone)
    scope = Scope(NOW, calendar=calendar)
    form = TimeTest.model_validate(test, context={"reading": Reading(calendar)})
    bounds = [bound.at for bound in form.bounds(scope)]
    times = [at + tick for at in (NOW, *bounds) for tick in (-DAY / 864e5, 0 * DAY, DAY / 864e5)]
    expected = [time_says(test, at, calendar) for at in times]
    assert holds(database, [form.passes(literal(at, Instant), scope) for at in times]) == expected
    assert not holds(database, [form.passes(cast(null(), Instant), scope)])[0]
    if form.empty(scope, past=False):
        assert not any(expected)


def test_never_is_met_by_a_missing_time_alone(database: Database) -> None:
    never, ever = (TimeTest.model_validate({key: True}) for key in ("never", "ever"))
    there, missing = literal(NOW, Instant), cast(null(), Instant)
    asked = [form.passes(column, Scope(NOW)) for form in (never, ever) for column in (there, missing)]
    assert holds(database, asked) == [False, True, True, False]


def bounds(test: dict[str, Any], as_of: str, calendar: Calendar) -> list[str]:
    scope = Scope(datetime.fromisoformat(as_of), calendar=calendar)
    form = Window.model_validate(test, context={"reading": Reading(calendar)})
    return [f"{one.operation} {one.at.isoformat()}" for one in form.bounds(scope)]


LONDON = Calendar("Europe/London")
TEHRAN = Calendar("Asia/Tehran", "jalali")


@pytest.mark.parametrize(
    ("test", "as_of", "calendar", "expected"),
    [
        # A day is 86,400 seconds, whatever the clocks did in between.
        ({"older_than": "1 day"}, "2026-03-29T12:00:00+00:00", LONDON, ["< 2026-03-28T12:00:00+00:00"]),
        # A month keeps the local wall time: noon in summer is eleven in UTC.
        ({"older_than": "1 month"}, "2026-04-10T11:00:00+00:00", LONDON, ["< 2026-03-10T12:00:00+00:00"]),
        # A missing day becomes the month's last.
        ({"older_than": "1 month"}, "2026-03-31T09:00:00+00:00", Calendar(), ["< 2026-02-28T09:00:00+00:00"]),
        ({"older_than": "1 year"}, "2024-02-29T00:00:00+00:00", Calendar(), ["< 2023-02-28T00:00:00+00:00"]),
        # A skipped time takes the offset before the change, a repeated one the first.
        ({"older_than": "1 month"}, "2026-04-29T00:30:00+00:00", LONDON, ["< 2026-03-29T01:30:00+00:00"]),
        ({"older_than": "1 month"}, "2026-11-25T01:30:00+00:00", LONDON, ["< 2026-10-25T00:30:00+00:00"]),
        # A date is midnight in the brand's zone and calendar.
        ({"before": "2026-07-01"}, "2026-06-01T00:00:00+00:00", LONDON, ["< 2026-06-30T23:00:00+00:00"]),
        ({"after": "۱۴۰۵-۰۱-۰۱"}, "2026-06-01T00:00:00+00:00", TEHRAN, [">= 2026-03-20T20:30:00+00:00"]),
        ({"after": "2026-03-21"}, "2026-06-01T00:00:00+00:00", TEHRAN, [">= 2026-03-20T20:30:00+00:00"]),
        # One Jalali month before 31 Khordad is 31 Ordibehesht: a month of 31 days.
        ({"older_than": "1 month"}, "2026-06-20T20:30:00+00:00", TEHRAN, ["< 2026-05-20T20:30:00+00:00"]),
    ],
)
def test_bounds_are_reckoned_in_the_brands_calendar(
    test: dict[str, Any], as_of: str, calendar: Calendar, expected: list[str]
) -> None:
    assert bounds(test, as_of, calendar) == expected


@pytest.mark.parametrize(
    ("test", "empty"),
    [
        ({"within": "30 days", "older_than": "60 days"}, True),
        ({"within": "30 days", "older_than": "30 days"}, True),
        ({"within": "30 days", "older_than": "29 days"}, False),
        ({"ago": {"at_least": "30 days", "at_most": "30 days"}}, False),
        ({"ago": {"at_least": "31 days", "at_most": "30 days"}}, True),
        ({"after": "2026-06-01", "before": "2026-06-01"}, True),
        ({"in_next": "3 days"}, True),
        ({"after": "2027-01-01"}, True),
        ({"never": True, "within": "3 days"}, True),
        ({"never": True}, False),
    ],
)
def test_a_time_test_of_the_past_that_nothing_can_pass(test: dict[str, Any], empty: bool) -> None:
    assert TimeTest.model_validate(test).empty(Scope(NOW)) is empty


def test_ages_are_compared_by_length() -> None:
    assert AgeTest.model_validate({"at_least": "1 year", "at_most": "6 months"}).empty()
    assert not AgeTest.model_validate({"at_least": "6 months", "at_most": "1 year"}).empty()
