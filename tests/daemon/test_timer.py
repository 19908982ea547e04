"""APScheduler's wake-ups follow our clock, staged or not, and each campaign's schedule."""

import time
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import clock
from engine.daemon.timer import Occasions, Timer
from engine.durations import Calendar
from engine.rules.campaign import Campaign
from engine.rules.occasions import words
from engine.rules.schedule import Schedule
from engine.rules.timetable import Once

REAL = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def schedule(text: str) -> Schedule:
    return words(text, Calendar("UTC"))


def campaign(name: str, text: str, **more: Any) -> Campaign:
    return cast(Campaign, SimpleNamespace(name=name, schedule=schedule(text), **more))


@pytest.mark.parametrize(
    ("text", "ours", "wait"),
    [
        ("daily at 10:00", "2011-12-10T09:59:30Z", timedelta(seconds=30)),
        ("daily at 10:00", "2011-12-10T10:00:00Z", timedelta(days=1)),
        ("every 15 minutes", "2011-12-10T10:00:00.250Z", timedelta(minutes=15) - timedelta(milliseconds=250)),
        ("monthly on the 1st at 09:00", "2011-12-10T10:00:00Z", timedelta(days=1)),
    ],
)
def test_a_wake_up_comes_when_our_clock_says_so(
    monkeypatch: pytest.MonkeyPatch, text: str, ours: str, wait: timedelta
) -> None:
    monkeypatch.setattr(clock, "now", lambda: clock.parse_instant(ours))
    assert Occasions(schedule(text), "UTC").get_next_fire_time(None, REAL) == REAL + wait


@given(
    st.sampled_from(["daily at 10:00", "every 7 minutes", "*/5 9-17 * * mon-fri", "every saturday at 11:30"]),
    st.datetimes(datetime(2011, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
)
def test_a_wake_up_is_never_late_nor_at_once(text: str, at: datetime) -> None:
    """Never at once: APScheduler asks for times until one lies ahead."""
    ours = clock.milliseconds(at.replace(tzinfo=UTC))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: ours)
        found = Occasions(schedule(text), "UTC").get_next_fire_time(None, REAL)
    following = schedule(text).next(ours, "UTC")
    assert found is not None
    assert following is not None
    assert timedelta(0) < found - REAL <= following - ours


def test_what_is_past_for_good_is_not_woken_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: clock.parse_instant("2030-01-01T00:00:00Z"))
    gone = Schedule("once", "once", Once(datetime(2026, 12, 20, 18, 0)))  # noqa: DTZ001
    assert Occasions(gone, "UTC").get_next_fire_time(None, REAL) is None


def test_a_campaign_is_woken_at_its_occasion_by_a_staged_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, start = time.monotonic(), clock.parse_instant("2011-12-10T09:59:59.700Z")
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=time.monotonic() - begun))
    woken: SimpleQueue[datetime] = SimpleQueue()
    timer = Timer(lambda: woken.put(clock.now()))
    timer.arm([campaign("a", "daily at 10:00"), campaign("b", "daily at 11:00")], "UTC")
    timer.start()
    try:
        late = woken.get(timeout=5) - clock.parse_instant("2011-12-10T10:00:00Z")
    finally:
        timer.stop()
    assert timedelta(milliseconds=-20) <= late < timedelta(seconds=2)


def test_arming_anew_forgets_what_is_gone_and_leaves_recipients_to_the_tick() -> None:
    timer = Timer(lambda: None)
    timer.arm([campaign("a", "daily at 10:00"), campaign("b", "daily at 10:00")], "UTC")
    local = SimpleNamespace(
        name="c", schedule=Schedule("x", "x", schedule("daily at 10:00").table, "recipient")
    )
    timer.arm([campaign("b", "daily at 10:00"), cast(Campaign, local)], "UTC")
    assert set(timer.jobs) == {"b"}
