"""When campaigns run: every way to say it, and the laws that hold across every change of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import document
from engine.durations import Calendar
from engine.errors import Problems
from engine.rules.occasions import read, words
from engine.rules.schedule import Schedule

LONDON = Calendar("Europe/London")
TEHRAN = Calendar("Asia/Tehran", "jalali")
SATURDAY = datetime(2026, 8, 15, 12, 7, 33, tzinfo=UTC)  # 13:07 in London, 15:37 in Tehran; 24 Mordad 1405
ZONES = (
    "UTC",
    "Europe/London",
    "America/New_York",
    "Asia/Tehran",  # no daylight saving since 2022, and it changed at midnight before
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",  # backwards for Ramadan
    "Pacific/Apia",  # left out 30 December 2011
    "Asia/Beirut",  # at midnight
)
SCHEDULES = (
    "daily at 10:00",
    "daily at 01:30",
    "daily at 02:30",
    "daily at 0:00",
    "every saturday at 11:30",
    "every monday and thursday at 2:15",
    "every 15 minutes",
    "every 2 hours",
    "every 7 hours",
    "every 95 minutes",
    "30,45 1-3 * * *",
    "* * 30,31 * *",
    "monthly on the 1st at 09:00",
    "monthly on the last day at 23:59",
    "0 0 29 2 *",
)


def shown(schedule: Schedule, zone: str, now: datetime = SATURDAY) -> tuple[str, str]:
    """The latest and the next occasion by the zone's wall clock."""
    found = schedule.latest(now, zone), schedule.next(now, zone)
    latest, following = (f"{at.astimezone(ZoneInfo(zone)):%a %F %H:%M}" if at else "-" for at in found)
    return latest, following


@pytest.mark.parametrize(
    ("text", "latest", "following"),
    [
        ("daily at 10:00", "Sat 2026-08-15 10:00", "Sun 2026-08-16 10:00"),
        ("Daily at 9", "Sat 2026-08-15 09:00", "Sun 2026-08-16 09:00"),
        ("daily 10:00", "Sat 2026-08-15 10:00", "Sun 2026-08-16 10:00"),
        ("every day at ۱۰:۳۰", "Sat 2026-08-15 10:30", "Sun 2026-08-16 10:30"),
        ("daily at 10:00 and 18:00", "Sat 2026-08-15 10:00", "Sat 2026-08-15 18:00"),
        ("daily at 9am, 6:30 pm", "Sat 2026-08-15 09:00", "Sat 2026-08-15 18:30"),
        ("daily at noon", "Sat 2026-08-15 12:00", "Sun 2026-08-16 12:00"),
        ("every day at 12am", "Sat 2026-08-15 00:00", "Sun 2026-08-16 00:00"),
        ("every saturday at 11:30", "Sat 2026-08-15 11:30", "Sat 2026-08-22 11:30"),
        ("saturdays at 14:00", "Sat 2026-08-08 14:00", "Sat 2026-08-15 14:00"),
        ("every monday and thursday at 9:00", "Thu 2026-08-13 09:00", "Mon 2026-08-17 09:00"),
        ("every mon, thu, sun at 9:00", "Thu 2026-08-13 09:00", "Sun 2026-08-16 09:00"),
        ("every friday to monday at 9:00", "Sat 2026-08-15 09:00", "Sun 2026-08-16 09:00"),
        ("weekly on monday at 9:00", "Mon 2026-08-10 09:00", "Mon 2026-08-17 09:00"),
        ("every weekday at 9:00", "Fri 2026-08-14 09:00", "Mon 2026-08-17 09:00"),
        ("weekdays at 9:00", "Fri 2026-08-14 09:00", "Mon 2026-08-17 09:00"),
        ("every 15 minutes", "Sat 2026-08-15 13:00", "Sat 2026-08-15 13:15"),
        ("every minute", "Sat 2026-08-15 13:07", "Sat 2026-08-15 13:08"),
        ("every 2 hours", "Sat 2026-08-15 12:00", "Sat 2026-08-15 14:00"),
        ("hourly", "Sat 2026-08-15 13:00", "Sat 2026-08-15 14:00"),
        ("monthly on the 1st at 09:00", "Sat 2026-08-01 09:00", "Tue 2026-09-01 09:00"),
        ("monthly on the 1st and 15th at 9:00", "Sat 2026-08-15 09:00", "Tue 2026-09-01 09:00"),
        ("every month on the last day at 9:00", "Fri 2026-07-31 09:00", "Mon 2026-08-31 09:00"),
        ("monthly on the first monday at 9:00", "Mon 2026-08-03 09:00", "Mon 2026-09-07 09:00"),
        ("0 10 * * *", "Sat 2026-08-15 10:00", "Sun 2026-08-16 10:00"),
        ("*/20 9-17 * * *", "Sat 2026-08-15 13:00", "Sat 2026-08-15 13:20"),
        ("0 9 * * 0", "Sun 2026-08-09 09:00", "Sun 2026-08-16 09:00"),
        ("0 9 * * 7", "Sun 2026-08-09 09:00", "Sun 2026-08-16 09:00"),
        ("0 9 * * SUN", "Sun 2026-08-09 09:00", "Sun 2026-08-16 09:00"),
        ("0 9 * * 1", "Mon 2026-08-10 09:00", "Mon 2026-08-17 09:00"),
        ("0 9 * * 5-7", "Sat 2026-08-15 09:00", "Sun 2026-08-16 09:00"),
        ("0 9 * * sun-thu", "Thu 2026-08-13 09:00", "Sun 2026-08-16 09:00"),
        ("0 9 * * fri-mon", "Sat 2026-08-15 09:00", "Sun 2026-08-16 09:00"),
        ("0 9 * * */3", "Sat 2026-08-15 09:00", "Sun 2026-08-16 09:00"),
        ("0 9 13 * 1", "Thu 2026-08-13 09:00", "Mon 2026-08-17 09:00"),  # cron: the 13th or a Monday
        ("0 9 */2 * 1", "Mon 2026-08-03 09:00", "Mon 2026-08-17 09:00"),  # cron: a star, so both
        ("0 9 1 jan-mar,oct *", "Sun 2026-03-01 09:00", "Thu 2026-10-01 09:00"),
        ("0 0 29 2 *", "Thu 2024-02-29 00:00", "Tue 2028-02-29 00:00"),
        ("@daily", "Sat 2026-08-15 00:00", "Sun 2026-08-16 00:00"),
        ("@weekly", "Sun 2026-08-09 00:00", "Sun 2026-08-16 00:00"),
    ],
)
def test_ways_to_say_it(text: str, latest: str, following: str) -> None:
    assert shown(words(text, LONDON), "Europe/London") == (latest, following)


@pytest.mark.parametrize(
    ("text", "latest", "following"),
    [
        (
            "monthly on the 1st at 9:00",
            "Thu 2026-07-23 09:00",
            "Sun 2026-08-23 09:00",
        ),  # of Mordad, Shahrivar
        ("monthly on the last day at 9:00", "Wed 2026-07-22 09:00", "Sat 2026-08-22 09:00"),
        ("every weekday at 9:00", "Sat 2026-08-15 09:00", "Sun 2026-08-16 09:00"),
        ("every thursday, friday at 9:00", "Fri 2026-08-14 09:00", "Thu 2026-08-20 09:00"),
    ],
)
def test_a_jalali_brand_has_jalali_months_and_fridays_off(text: str, latest: str, following: str) -> None:
    schedule = words(text, TEHRAN)
    assert shown(schedule, "Asia/Tehran") == (latest, following)
    day = words("every weekday at 9:00", TEHRAN)
    thursday = datetime(2026, 8, 13, 12, tzinfo=UTC)
    assert shown(day, "Asia/Tehran", thursday) == ("Thu 2026-08-13 09:00", "Sat 2026-08-15 09:00")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "schedule cannot be empty"),
        (1000, "schedule cannot be 1000"),
        ("sometimes", "'sometimes' is not a schedule; write 'daily at 10:00'"),
        ("dayly at 10:00", "did you mean 'daily'?"),
        ("every satuday at 10:00", "'satuday' is not a day of the week; did you mean 'saturday'?"),
        ("every saturday", "does not say at what time; write 'every saturday at 10:00'"),
        ("every day", "does not say when; write 'every day at 10:00'"),
        ("every month", "write 'every month on the 1st at 10:00'"),
        ("10:00", "does not say on which days; write 'daily at 10:00'"),
        ("daily at 25:00", "'25:00' is not a time of day; it goes from 00:00 to 23:59"),
        ("daily at 10:60", "'10:60' is not a time of day"),
        ("daily at 13pm", "'13pm' is not a time of day"),
        ("daily at ten", "'ten' is not a time of day; write it like 10:00"),
        ("every 0 minutes", "is not between a minute and a week"),
        ("every 30 seconds", "a schedule cannot be finer than a minute"),
        ("every 3 days at 10:00", "'every 3 days' does not work"),
        ("every 3 weeks", "'every 3 weeks' is not a schedule that works"),
        ("monthly at 10:00", "write 'monthly on the 1st at 10:00'"),
        ("monthly on the 32nd at 10:00", "'32nd' is not a day of the month"),
        ("monthly on the umpteenth monday at 10:00", "'umpteenth' is not one of first, second"),
        ("0 10 * *", "a crontab line has five fields"),
        ("0 0 10 * * *", "has 6 fields"),
        ("60 * * * *", "the minute goes from 0 to 59, and 60 is outside"),
        ("0 24 * * *", "the hour goes from 0 to 23"),
        ("0 0 0 * *", "the day of the month goes from 1 to 31"),
        ("0 0 * 13 *", "the month goes from 1 to 12"),
        ("0 0 * * 8", "the day of the week goes from 0 to 7"),
        ("0 0 * jnu *", "the month cannot be 'jnu' (did you mean 'jun'?)"),
        ("0 17-9 * * *", "the hour goes backwards in '17-9'"),
        ("*/0 * * * *", "the minute cannot go in steps of 0"),
        ("0 10 * * mon-tue-wed", "the day of the week cannot be 'mon-tue-wed'"),
        ("0 10 L * *", "the day of the month cannot be 'L'"),
        ("0 0 30 2 *", "'0 0 30 2 *' never comes: there is no such day"),
        ("0 0 31 4,6,9,11 *", "never comes"),
        ("@dayly", "did you mean '@daily'?"),
    ],
)
def test_what_cannot_be_meant(text: object, told: str) -> None:
    with pytest.raises(ValueError) as caught:
        words(text, LONDON)
    assert told.lower() in str(caught.value).lower()


def mapping(text: str, calendar: Calendar = LONDON) -> Schedule:
    return read(document.parse(f"schedule: {text}", "rules/x.yaml"), ("schedule",), calendar)


def test_a_zone_of_its_own() -> None:
    schedule = mapping('{cron: "0 10 * * *", timezone: Asia/Tehran}')
    assert schedule.latest(SATURDAY, "Europe/London") == datetime(2026, 8, 15, 6, 30, tzinfo=UTC)
    assert schedule.slot(datetime(2026, 8, 15, 6, 30, tzinfo=UTC), "Europe/London") == "2026-08-15T10:00"
    assert not schedule.per_recipient


def test_the_recipients_zone() -> None:
    schedule = mapping("{cron: daily at 10:00, timezone: recipient}")
    assert schedule.per_recipient
    seen = {zone: schedule.latest(SATURDAY, zone) for zone in ("Asia/Tehran", "America/New_York")}
    assert seen == {
        "Asia/Tehran": datetime(2026, 8, 15, 6, 30, tzinfo=UTC),
        "America/New_York": datetime(2026, 8, 14, 14, 0, tzinfo=UTC),
    }
    slots = {schedule.slot(at, zone) for zone, at in seen.items() if at}
    assert slots == {"2026-08-15T10:00@Asia/Tehran", "2026-08-14T10:00@America/New_York"}


@pytest.mark.parametrize(
    ("written", "calendar", "instant"),
    [
        ("2026-12-20 18:00", LONDON, datetime(2026, 12, 20, 18, tzinfo=UTC)),
        ("2026-06-20T18:00", LONDON, datetime(2026, 6, 20, 17, tzinfo=UTC)),
        ("2026-12-20T18:00:00+03:30", LONDON, datetime(2026, 12, 20, 14, 30, tzinfo=UTC)),
        ("۱۴۰۵-۰۹-۲۹ ۱۸:۰۰", TEHRAN, datetime(2026, 12, 20, 14, 30, tzinfo=UTC)),
    ],
)
def test_once(written: str, calendar: Calendar, instant: datetime) -> None:
    schedule = mapping(f"{{once: {written}}}", calendar)
    zone = calendar.timezone
    before, after = instant - timedelta(seconds=1), instant + timedelta(days=400)
    assert (schedule.latest(before, zone), schedule.next(before, zone)) == (None, instant)
    assert (schedule.latest(instant, zone), schedule.next(instant, zone)) == (instant, None)
    assert schedule.latest(after, zone) == instant


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "1:11: error: a schedule takes either `cron` or `once`"),
        (
            "{cron: '@daily', once: 2026-12-20 18:00}",
            "1:11: error: a schedule takes either `cron` or `once`, not",
        ),
        ("{corn: '@daily'}", "1:12: error: unknown key 'corn' (did you mean 'cron'?)"),
        ("{cron: dayly at 10:00}", "1:18: error: 'dayly' is not a day of the week"),
        ("{cron: daily at 10:00, timezone: Londn}", "1:44: error: 'Londn' is not a time zone"),
        ("{cron: daily at 10:00, timezone: recipent}", "did you mean 'recipient'?"),
        ("{once: 2026-12-20}", "1:18: error: '2026-12-20' needs a time; write it like '2026-12-20 18:00'"),
        ("{once: 2026-02-30 18:00}", "'2026-02-30 18:00' is not a date and time"),
        ("{once: 2026-12-20 18:00:30}", "is finer than a minute"),
        ("{once: 2026-12-20T18:00Z, timezone: UTC}", "has an offset already"),
        ("[daily at 10:00]", "1:11: error: schedule cannot be a list"),
    ],
)
def test_faults_in_a_mapping_have_their_place(text: str, told: str) -> None:
    with pytest.raises(Problems) as caught:
        mapping(text)
    assert told in str(caught.value)
    assert len(caught.value.problems) == 1


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_in_autumn_the_repeated_time_comes_once() -> None:
    schedule, zone = words("daily at 01:30", LONDON), "America/New_York"
    first = utc("2026-11-01T05:30")  # 01:30 EDT; an hour later it is 01:30 again, EST
    assert schedule.next(utc("2026-10-31T12:00"), zone) == first
    assert schedule.latest(utc("2026-11-01T06:30"), zone) == first
    assert schedule.next(first, zone) == utc("2026-11-02T06:30")
    assert schedule.slot(first, zone) == "2026-11-01T01:30"


def test_in_spring_the_skipped_time_comes_by_the_old_offset() -> None:
    schedule, zone = words("daily at 02:30", LONDON), "America/New_York"
    moved = utc("2026-03-08T07:30")  # 02:30 EST does not exist; it is 03:30 EDT
    assert schedule.next(utc("2026-03-08T05:00"), zone) == moved
    assert schedule.latest(utc("2026-03-08T07:29"), zone) == utc("2026-03-07T07:30")
    assert schedule.latest(utc("2026-03-08T12:00"), zone) == moved
    assert schedule.slot(moved, zone) == "2026-03-08T03:30"


def test_a_day_that_samoa_left_out() -> None:
    schedule, zone = words("daily at 10:00", LONDON), "Pacific/Apia"
    left_out = utc("2011-12-30T20:00")  # 30 December by the old offset is 10:00 on the 31st by the new one
    assert schedule.next(utc("2011-12-29T21:00"), zone) == left_out
    assert schedule.next(left_out, zone) == utc("2011-12-31T20:00")


def test_far_from_our_time_nothing_is_scheduled() -> None:
    schedule = words("daily at 10:00", LONDON)
    for year in (1, 1970, 9999):
        now = datetime(year, 1, 1, tzinfo=UTC)
        assert (schedule.latest(now, "Asia/Tehran"), schedule.next(now, "Asia/Tehran")) == (None, None)


CHANGES = """
    2026-03-08T07:00 2026-11-01T06:00 2026-03-29T01:00 2026-10-25T01:00 2021-03-21T20:30 2021-09-21T19:30
    2026-04-04T15:00 2026-10-03T15:30 2011-12-30T10:00 2026-02-15T02:00 2026-03-22T02:00 2026-03-28T22:00
"""
instants = st.integers(0, 33_000_000).map(
    lambda minutes: utc("1997-01-01T00:00") + timedelta(minutes=minutes)
)
changes = st.builds(
    lambda change, minutes: utc(change) + timedelta(minutes=minutes),
    st.sampled_from(CHANGES.split()),
    st.integers(-1600, 1600),
)


@settings(max_examples=150, deadline=None)
@given(now=instants | changes, text=st.sampled_from(SCHEDULES), zone=st.sampled_from(ZONES))
@example(now=utc("2026-03-08T07:40"), text="30,45 1-3 * * *", zone="America/New_York")
def test_laws(now: datetime, text: str, zone: str) -> None:
    schedule = words(text, LONDON)
    latest, following = schedule.latest(now, zone), schedule.next(now, zone)
    assert latest is not None
    assert following is not None
    assert latest <= now < following
    assert schedule.latest(following, zone) == following
    assert schedule.latest(latest, zone) == latest
    assert schedule.next(latest, zone) == following
    assert schedule.latest(following - timedelta(milliseconds=1), zone) == latest
    assert schedule.slot(latest, zone) < schedule.slot(following, zone)


@settings(max_examples=60, deadline=None)
@given(now=changes, zone=st.sampled_from(ZONES))
def test_every_wall_time_comes_exactly_once(now: datetime, zone: str) -> None:
    """Two days around a change of the clocks: each full hour that the wall shows is one slot."""
    schedule, slots, at, end = words("0 * * * *", LONDON), list[str](), now, now + timedelta(days=2)
    while (following := schedule.next(at, zone)) is not None and following <= end:
        slots.append(schedule.slot(following, zone))
        at = following
    walls = [(now + timedelta(minutes=m)).astimezone(ZoneInfo(zone)) for m in range(1, 2881)]
    shown = {f"{wall:%FT%H:%M}" for wall in walls if wall.minute == 0 and wall.fold == 0}
    assert len(set(slots)) == len(slots)
    assert shown <= set(slots)
    assert all(slot.endswith((":00", ":30")) for slot in set(slots) - shown)  # skipped, so moved by the gap
