"""Schedules that never come, or come at an hour that the clocks skip or repeat, or too late."""

from pathlib import Path

import pytest

from tests.check.projects import CONFIG, campaign, segment, told

QUIET = "quiet hours are 21:00 to 08:00, `send_by` is 2 hours"
MISSING = "does not exist on {} in {}, when the clocks go forward"
MOVED = "that day it runs at {}; a time outside that hour never moves"
TWICE = "01:30 comes twice on {} in {}, when the clocks go back (that day it runs the first time only)"
FOUND = {
    ("daily at 01:30", ""): [
        (f"3:11: warning: 01:30 {MISSING.format('2027-03-28', 'Europe/London')} ({MOVED.format('02:30')})"),
        f"3:11: hint: {TWICE.format('2027-10-31', 'Europe/London')}",
    ],
    ("{cron: '30 2 * * *', timezone: America/New_York}", ""): [
        (
            f"3:11: warning: 02:30 {MISSING.format('2027-03-14', 'America/New_York')} "
            f"({MOVED.format('03:30')})"
        ),
    ],
    ("{cron: '30 1 1 1 *', timezone: recipient}", ""): [],
    ("daily at 02:00", ""): [],
    ("every 15 minutes", ""): [],
    ("hourly", ""): [],
    ("{once: '2025-12-20 18:00'}", ""): [
        (
            "3:11: warning: this schedule is over: once, on 2025-12-20 18:00 has passed "
            "(give it a time to come, or take the file away)"
        )
    ],
    ("{once: '2026-12-20 18:00'}", "ends: 2026-12-20"): [
        (
            "3:11: warning: this schedule never comes while the campaign runs, from now on to 2026-12-20 "
            "(move `starts` or `ends`, or the schedule)"
        )
    ],
    ("monthly on the 1st at 10:00", "starts: 2026-12-02\nends: 2026-12-24"): [
        (
            "3:11: warning: this schedule never comes while the campaign runs, from 2026-12-02 to 2026-12-24 "
            "(move `starts` or `ends`, or the schedule)"
        )
    ],
    ("daily at 00:00", "starts: 2026-12-02\nends: 2026-12-03"): [],
    ("daily at 10:00", "ends: 2026-11-01"): [
        (
            "7:7: hint: this campaign ended on 2026-11-01: nobody enters it any more "
            "(move `ends`, or take the file away)"
        )
    ],
    ("0 10 31 2 *", ""): ["3:11: error: '0 10 31 2 *' never comes: there is no such day"],
    ("daily at 10:00", "starts: 2027-06-01\nends: 2027-05-01"): [
        "8:7: error: `ends` is not after `starts`, so nobody would ever enter"
    ],
    ("daily at 9:00, 23:00", "send_by: 2 hours"): [
        (
            f"7:10: warning: messages of 23:00 wait until 08:00, and expire before: {QUIET} "
            "(run it later in the day, or give `send_by` more time)"
        )
    ],
    ("daily at 06:30", "send_by: 2 hours"): [],
    ("daily at 23:00", "send_by: 9 hours"): [],
}


@pytest.mark.parametrize(("schedule", "more"), FOUND)
def test_what_is_told(tmp_path: Path, schedule: str, more: str) -> None:
    rules = {"x": campaign("x", schedule=schedule, more=more)}
    assert told(tmp_path, rules) == [f"rules/x.yaml:{one}" for one in FOUND[schedule, more]]


def test_without_quiet_hours_nothing_waits(tmp_path: Path) -> None:
    rules = {"x": campaign("x", schedule="daily at 23:00", more="send_by: 2 hours")}
    assert told(tmp_path, rules, CONFIG + "policy: {quiet_hours: none}\n") == []


def test_the_day_of_a_change_is_told_in_the_calendar_of_the_brand(tmp_path: Path) -> None:
    config = CONFIG.replace("currency: GBP", "currency: GBP\n  calendar: jalali")
    first, second = told(tmp_path, {"x": campaign("x", schedule="daily at 01:30")}, config)
    assert "on 1406-01-08 in Europe/London" in first
    assert "on 1406-08-09 in Europe/London" in second


def test_segments_that_nobody_uses_and_campaigns_that_say_the_same(tmp_path: Path) -> None:
    rules = {
        "a": campaign("a", "{country: GB, none: [segment: staff]}"),
        "b": campaign("b", "{country: GB, none: [segment: staff]}"),
        "c": campaign("c", "{country: GB}"),
        "staff": segment("staff", "{tag: staff}"),
        "vips": segment("vips", "{tag: vip}"),
    }
    assert told(tmp_path, rules) == [
        (
            "rules/b.yaml:4:11: hint: campaign 'a' has the same audience and writes by email too "
            "(see rules/a.yaml:4:11; is one of them meant to be different?)"
        ),
        (
            "rules/vips.yaml:1:10: hint: no rule uses the segment 'vips' "
            "(name it in a rule as `segment: vips`, or keep it for `rekindle audience`)"
        ),
    ]


def test_beside_a_file_that_cannot_be_read_no_segment_is_called_unused(tmp_path: Path) -> None:
    rules = {"a": campaign("a", "{segment: vips, contry: GB}"), "vips": segment("vips", "{tag: vip}")}
    assert [one.split(" (")[0] for one in told(tmp_path, rules)] == [
        "rules/a.yaml:4:27: error: unknown condition 'contry'"
    ]
