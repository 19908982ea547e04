"""Quiet hours by the recipient's own clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.policy.quiet import country_zones, quiet_until
from engine.settings import QuietHours

NIGHT = QuietHours()
ZONES = [
    "Asia/Tehran",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "country:US",
    "country:RU",
    "",
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("key", "now", "until"),
    [
        ("Europe/London", "2026-07-01T12:00+01:00", None),
        ("Europe/London", "2026-07-01T21:00+01:00", "2026-07-02T08:00+01:00"),
        ("Europe/London", "2026-07-02T07:59+01:00", "2026-07-02T08:00+01:00"),
        ("Europe/London", "2026-07-02T08:00+01:00", None),
        ("Asia/Tehran", "2026-07-01T17:31Z", "2026-07-02T04:30Z"),  # no daylight saving since 2022
        ("country:IR", "2026-07-01T17:31Z", "2026-07-02T04:30Z"),
        ("country:US", "2026-01-10T14:00Z", "2026-01-10T18:00Z"),  # nine in New York, four in Hawaii
        ("country:US", "2026-01-10T20:00Z", None),
        ("", "2026-07-01T03:00Z", "2026-07-01T08:00Z"),  # nothing known: the brand's clock
        ("country:XX", "2026-07-01T03:00Z", "2026-07-01T08:00Z"),
        ("Europe/London", "2026-03-28T23:00Z", "2026-03-29T07:00Z"),  # the clocks go forward that night
    ],
)
def test_a_message_waits_for_the_morning(key: str, now: str, until: str | None) -> None:
    assert quiet_until(key, at(now), NIGHT, "UTC") == (at(until) if until else None)


def test_a_country_that_is_never_awake_at_once_goes_by_the_brand() -> None:
    short = QuietHours.model_validate({"from": "12:00", "to": "10:00"})
    now = at("2026-07-01T03:00Z")
    assert quiet_until("country:RU", now, short, "UTC") == at("2026-07-01T10:00Z")


def test_no_quiet_hours_means_now() -> None:
    assert quiet_until("Europe/London", at("2026-07-01T23:00Z"), None, "UTC") is None


@given(
    key=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_what_waits_may_go_when_its_wait_ends_and_not_before(key: str, now: datetime) -> None:
    until = quiet_until(key, now, NIGHT, "Europe/Berlin")
    if until is None:
        return
    assert now < until <= now + timedelta(days=3)
    assert quiet_until(key, until, NIGHT, "Europe/Berlin") is None
    assert quiet_until(key, until - timedelta(seconds=1), NIGHT, "Europe/Berlin") is not None


def test_every_country_zone_is_known() -> None:
    zones = country_zones()
    assert zones["IR"] == ("Asia/Tehran",)
    assert len(zones["US"]) > 20
    assert all(ZoneInfo(name) for names in zones.values() for name in names)
