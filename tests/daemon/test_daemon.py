"""Real daemons: they keep to their schedules, share the work, take over edits and end cleanly."""

import signal
import time
from collections import Counter

import pytest
from sqlalchemy import text

from tests.daemon.shop import Shop, eventually

#: Two seconds and a half before ten o'clock, by the daemons' own clock.
BEFORE_TEN = "2026-03-02T09:59:57.500Z"
NINE_59, TEN = "2026-03-02T09:59", "2026-03-02T10:00"


def test_two_daemons_share_one_store_and_send_nothing_twice(shop: Shop) -> None:
    shop.campaign()
    shop.customers(30)
    both = [shop.daemon(BEFORE_TEN), shop.daemon(BEFORE_TEN)]
    eventually(
        lambda: ("hello", TEN) in shop.runs() and set(shop.states()) == {"accepted"}, lambda: both[0].said
    )
    assert [one.stop() for one in both] == [0, 0]
    slots = sorted({slot for slot, _, _ in shop.deliveries()})
    assert slots[:2] == [NINE_59, TEN]
    assert shop.states() == {"accepted": 30 * len(slots)}
    assert Counter(shop.files()) == {f"c{number}@people.test": len(slots) for number in range(30)}
    assert all("next runs: hello 2026-03-02T1" in one.said for one in both)


def test_what_was_due_before_the_daemon_came_is_caught_up_once_or_recorded_as_missed(
    small_shop: Shop,
) -> None:
    small_shop.campaign("late", "daily at 09:00")
    small_shop.campaign("too-late", "daily at 07:00")
    small_shop.campaign("strict", "daily at 09:00", "catch_up: skip\n")
    small_shop.campaign("patient", "daily at 07:00", "max_lateness: 4 hours\n")
    small_shop.campaign("local", "{cron: '0 9 * * *', timezone: recipient}")
    small_shop.customers(2)
    daemon = small_shop.daemon("2026-03-02T10:00:00Z")
    eventually(lambda: len(small_shop.runs()) == 5, lambda: daemon.said)
    assert daemon.stop() == 0
    assert small_shop.runs() == {
        ("late", "2026-03-02T09:00"): "open",
        ("too-late", "2026-03-02T07:00"): "missed",
        ("strict", "2026-03-02T09:00"): "missed",
        ("patient", "2026-03-02T07:00"): "open",
        ("local", "2026-03-02T09:00@UTC"): "open",
    }


def test_a_broken_edit_leaves_the_last_good_version_at_work_until_it_is_mended(shop: Shop) -> None:
    shop.campaign("first", "daily at 12:00")
    shop.campaign("second", "daily at 12:00")
    daemon = shop.daemon("2026-03-02T11:00:00Z")
    daemon.says("the daemon runs")
    eventually(lambda: shop.cards())
    before = shop.cards()[0]["campaigns"]

    shop.write("rules/first.yaml", "campaign: first\naudience: {nobody: true}\n")
    shop.campaign("second", "daily at 13:00")
    daemon.says("not taken over: rules/first.yaml:")
    eventually(lambda: shop.cards()[0]["broken"])
    card = shop.cards()[0]
    assert card["campaigns"]["first"] == before["first"]
    assert card["campaigns"]["second"] != before["second"]
    assert any("rules/first.yaml" in one and "last good version" in one for one in card["broken"])

    shop.campaign("first", "daily at 14:00")
    (shop.root / "rules" / "second.yaml").unlink()
    daemon.says("everything is sound again")
    eventually(lambda: not shop.cards()[0]["broken"])
    card = shop.cards()[0]
    assert set(card["campaigns"]) == {"first"}
    assert card["campaigns"]["first"] != before["first"]
    assert daemon.stop() == 0
    assert shop.cards() == []
    assert daemon.said.count("not taken over: rules/first.yaml:2") == 1


def test_a_broken_template_costs_no_message(small_shop: Shop) -> None:
    small_shop.campaign()
    small_shop.customers(3)
    daemon = small_shop.daemon("2026-03-02T09:59:55Z")
    eventually(lambda: small_shop.states() == {"accepted": 3}, lambda: daemon.said)
    small_shop.write("templates/hello.email.j2", "---\nsubject: x\n---\n<p>{{ customer.first_name </p>")
    daemon.says("not taken over: templates/hello.email.j2")
    eventually(lambda: small_shop.states() == {"accepted": 6}, lambda: daemon.said)
    assert daemon.stop() == 0


def test_broken_settings_leave_the_last_good_ones_at_work(small_shop: Shop) -> None:
    small_shop.campaign(schedule="daily at 12:00")
    config = (small_shop.root / "config.yaml").read_text()
    daemon = small_shop.daemon("2026-03-02T11:00:00Z")
    daemon.says("the daemon runs")
    small_shop.write("config.yaml", config.replace("consent: assumed", "consent: perhaps"))
    daemon.says("the last good settings stay at work")
    small_shop.write("config.yaml", config)
    daemon.says("everything is sound again")
    assert daemon.stop(signal.SIGINT) == 0


def test_a_daemon_that_was_killed_is_gone_and_the_next_one_sweeps_up(shop: Shop) -> None:
    shop.campaign(schedule="daily at 12:00")
    killed = shop.daemon("2026-03-02T11:00:00Z")
    eventually(lambda: shop.cards(), lambda: killed.said)
    assert [one["state"] for one in shop.cards()] == ["running"]
    killed.stop(signal.SIGKILL)
    assert [one["state"] for one in shop.cards()] == ["gone"]
    second = shop.daemon("2026-03-02T11:00:00Z")
    second.says("the daemon runs")
    eventually(lambda: [one["pid"] for one in shop.cards()] == [second.popen.pid])
    assert second.stop() == 0


def test_without_a_store_there_is_no_daemon(small_shop: Shop) -> None:
    (small_shop.database.path or small_shop.root).unlink()
    refused = small_shop.command("daemon")
    assert refused.returncode == 2
    assert "rekindle db upgrade" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_store_that_goes_away_and_comes_back_is_waited_for(shop: Shop) -> None:
    shop.campaign()
    shop.customers(2)
    daemon = shop.daemon("2026-03-02T09:59:50Z")
    eventually(lambda: shop.states() == {"accepted": 2}, lambda: daemon.said)
    for _ in range(3):
        with shop.database.writer.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        time.sleep(0.5)
    eventually(lambda: shop.states() == {"accepted": 4}, lambda: daemon.said)
    assert [one["state"] for one in shop.cards()] == ["running"]
    assert daemon.stop() == 0
    assert "Traceback" not in daemon.said
