"""Subscriptions keep what they were: every change is a version, and nothing new is nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ingest import Imported
from engine.ingest.people import ALWAYS_MILLIS
from engine.ingest.versions import Timeline
from engine.store.history import Subscription
from engine.store.types import ALWAYS
from tests.ingest.conftest import NOW, Shop

COLUMNS = (
    "subscription_id customer_id kind plan status started_at expires_at cancelled_at monthly_price changed_at"
)
HEADER = COLUMNS.replace(" ", ",") + "\n"
LATER = NOW + timedelta(days=30)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def versions(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows(Subscription, "valid_from", "valid_to", "plan", "status", "monthly_price")


def test_a_whole_row(shop: Shop) -> None:
    done = shop.take(
        "subscriptions",
        HEADER + "S1,1,Free Offer,Gold,ACTIVE,2026-01-01,2027-01-01,,9.99,\nS2,1,,,,,,,,\n",
    )
    assert (done.kept, done.created_customers) == (2, 1)
    assert shop.rows(Subscription) == [
        (
            "1",
            "S1",
            ALWAYS,
            None,
            "free_offer",
            "Gold",
            "active",
            day("2026-01-01"),
            day("2027-01-01"),
            None,
            999,
            "GBP",
        ),
        ("1", "S2", ALWAYS, None, "subscription", None, "active", None, None, None, None, "GBP"),
    ]


def test_a_change_is_a_version_from_the_moment_of_import(shop: Shop) -> None:
    shop.take("subscriptions", HEADER + "S1,1,,A,active,2026-01-01,,,9,\n")
    shop.take("subscriptions", HEADER + "S1,1,,A,active,2026-01-01,,,9,\n", LATER)
    assert versions(shop) == [(ALWAYS, None, "A", "active", 900)]
    shop.take("subscriptions", HEADER + "S1,1,,A,active,2026-01-01,,,12,\n", LATER)
    assert versions(shop) == [(ALWAYS, LATER, "A", "active", 900), (LATER, None, "A", "active", 1200)]


def test_a_dated_change_goes_where_it_belongs(shop: Shop) -> None:
    shop.take("subscriptions", HEADER + "S1,1,,A,active,,,,9,\n")
    shop.take("subscriptions", HEADER + "S1,1,,C,active,,,,9,2026-03-01\n")
    shop.take("subscriptions", HEADER + "S1,1,,B,active,,,,9,2026-02-01\n")
    march, february = day("2026-03-01"), day("2026-02-01")
    expected = [
        (ALWAYS, february, "A", "active", 900),
        (february, march, "B", "active", 900),
        (march, None, "C", "active", 900),
    ]
    assert versions(shop) == expected
    shop.take("subscriptions", HEADER + "S1,1,,C,active,,,,9,2026-04-01\nS1,1,,B,active,,,,9,2026-02-10\n")
    assert versions(shop) == expected


def test_a_cancellation_dates_itself(shop: Shop) -> None:
    shop.take("subscriptions", HEADER + "S1,1,,A,active,,,,9,\nS2,1,,A,active,,,,9,\n")
    gone = HEADER + "S1,1,,A,cancelled,,,2026-05-05,9,\nS2,1,,A,cancelled,,,2026-09-09,9,\n"
    for moment in (NOW, LATER):
        shop.take("subscriptions", gone, moment)
        assert versions(shop) == [
            (ALWAYS, day("2026-05-05"), "A", "active", 900),
            (day("2026-05-05"), None, "A", "cancelled", 900),
            (ALWAYS, NOW, "A", "active", 900),  # a cancellation that is still ahead became known now
            (NOW, None, "A", "cancelled", 900),
        ]


def test_a_late_cancellation_still_is_the_present_state(shop: Shop) -> None:
    shop.take("subscriptions", HEADER + "S1,1,,A,active,,,,9,\n")
    shop.take("subscriptions", HEADER + "S1,1,,B,active,,,,9,2026-05-01\n")
    shop.take("subscriptions", HEADER + "S1,1,,B,cancelled,,,2026-04-01,9,\n")
    assert versions(shop) == [
        (ALWAYS, day("2026-05-01"), "A", "active", 900),
        (day("2026-05-01"), None, "B", "cancelled", 900),
    ]


def test_a_whole_history_in_one_file_in_any_order(shop: Shop) -> None:
    rows = [
        "S1,1,,A,active,,,,9,2026-01-01",
        "S1,1,,B,active,,,,9,2026-02-01",
        "S1,1,,C,active,,,,9,2026-03-01",
    ]
    for order in (rows, rows[::-1]):
        shop.take("subscriptions", HEADER + "\n".join(order) + "\n")
        assert [row[2] for row in versions(shop)] == ["A", "B", "C"]


def test_of_two_undated_rows_the_later_counts(shop: Shop) -> None:
    text = HEADER + "S1,1,,A,active,,,,9,\nS1,1,,B,active,,,,9,\n"
    shop.take("subscriptions", text)
    first = shop.dump()
    shop.take("subscriptions", text, LATER)
    assert shop.dump() == first
    assert [row[2] for row in versions(shop)] == ["B"]


def test_what_has_no_history_is_corrected_everywhere(shop: Shop) -> None:
    shop.take(
        "subscriptions",
        HEADER + "S1,1,,A,active,2026-01-01,,,9,2026-02-01\nS1,1,,B,active,2026-01-01,,,9,2026-03-01\n",
    )
    shop.take("subscriptions", "subscription_id,customer_id,kind,started_at\nS1,2,account,2025-01-01\n")
    assert shop.rows(Subscription, "customer_id", "kind", "started_at", "plan") == [
        ("2", "account", day("2025-01-01"), "A"),
        ("2", "account", day("2025-01-01"), "B"),
    ]


def test_a_column_that_the_file_lacks_stays(shop: Shop) -> None:
    shop.take("subscriptions", HEADER + "S1,1,trial,A,active,,2026-07-01,,9,\n")
    shop.take("subscriptions", "subscription_id,customer_id,status\nS1,1,expired\n", LATER)
    assert shop.rows(Subscription, "kind", "plan", "status", "expires_at", "monthly_price") == [
        ("trial", "A", "active", day("2026-07-01"), 900),
        ("trial", "A", "expired", day("2026-07-01"), 900),
    ]


def test_bad_rows(shop: Shop, reasons: Callable[[Imported], list[tuple[int, str]]]) -> None:
    done = shop.take(
        "subscriptions",
        HEADER + ",1,,,,,,,,\nS1,,,,,,,,,\nS1,1,lease,,,,,,,\nS1,1,,,,soon,,,,\nS1,1,,,,,,,x,\n",
    )
    assert reasons(done) == [
        (2, "subscription_id is empty"),
        (3, "customer_id is empty"),
        (4, "kind 'lease' is none of subscription, account, membership, trial, free_offer"),
        (5, "started_at 'soon' is not a date; write 2026-03-21 or 2026-03-21T10:00:00Z"),
        (6, "monthly_price 'x' is not an amount"),
    ]


CHANGES = st.lists(st.tuples(st.sampled_from("ABC"), st.none() | st.integers(1, 9)), max_size=8)


@given(CHANGES)
def test_a_timeline_has_no_gaps_and_says_nothing_twice(changes: list[tuple[str, int | None]]) -> None:
    line = Timeline([], [])
    for now, (plan, changed_at) in enumerate(changes, start=10):
        line.change({"customer_id": "1", "plan": plan}, changed_at, now)
        place = line.since[-1] if changed_at is None else max(at for at in line.since if at <= changed_at)
        assert line.facts[line.since.index(place)].plan == plan
    assert line.since == sorted(set(line.since))
    assert line.since[:1] == [ALWAYS_MILLIS][: len(changes)]
    assert all(one != other for one, other in pairwise(line.facts))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["S1", "S2"]), st.sampled_from("AB"), st.integers(0, 9)),
        min_size=1,
        max_size=9,
    )
)
def test_the_same_file_again_changes_nothing(shop: Shop, rows: list[tuple[str, str, int]]) -> None:
    text = HEADER + "".join(
        f"{name},1,,{plan},active,,,,9,{f'2026-01-0{when}' if when else ''}\n" for name, plan, when in rows
    )
    shop.take("subscriptions", text)
    first = shop.dump()
    shop.take("subscriptions", text, LATER)
    assert shop.dump() == first
