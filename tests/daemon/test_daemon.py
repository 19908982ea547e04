"""Real daemons: they keep to their schedules, share the work, take over edits and outlive the store."""

import signal
import time
from collections import Counter

import pytest
from sqlalchemy import text

from tests.daemon.shop import Shop, eventually

#: Some seconds before ten o'clock, by the daemons' own clock: a busy machine takes two to start them.
BEFORE_TEN = "2026-03-02T09:59:57.000Z"
TEN = "2026-03-02T10:00"


def test_two_daemons_share_one_store_and_send_nothing_twice(shop: Shop) -> None:
    names = ["one", "two", "three"]
    for name in names:
        shop.campaign(name)
    shop.customers(20)
    both = [shop.daemon(BEFORE_TEN), shop.daemon(BEFORE_TEN)]
    ten = {(name, TEN) for name in names}
    eventually(lambda: ten <= set(shop.runs()) and set(shop.states()) == {"accepted"}, lambda: both[0].said)
    eventually(lambda: [one["state"] for one in shop.cards()] == ["running", "running"])
    for one in both:
        one.popen.send_signal(signal.SIGTERM)
    assert [one.popen.wait(30) for one in both] == [0, 0]
    assert set(shop.runs().values()) == {"open"}
    sent = shop.deliveries()
    assert {state for _, _, state in sent} == {"accepted"}
    # A slot finds nobody whose message of the minute before is still to be sent: how many it finds varies.
    promised = Counter(f"{customer}@people.test" for _, customer, _ in sent)
    assert len(promised) == 20
    assert min(promised.values()) >= len(names)
    assert Counter(shop.files()) == promised
    assert all("next runs: one 2026-03-02T1" in one.said for one in both)
    assert shop.cards() == []


def test_edits_are_taken_over_while_it_runs_and_broken_ones_are_not(small_shop: Shop) -> None:
    shop = small_shop
    shop.campaign()
    shop.customers(3)
    daemon = shop.daemon("2026-03-02T09:59:56Z")
    eventually(lambda: shop.cards(), lambda: daemon.said)
    config = (shop.root / "config.yaml").read_text()
    shop.write("rules/hello.yaml", "campaign: hello\naudience: {nobody: true}\n")
    shop.write("templates/hello.email.j2", "---\nsubject: x\n---\n<p>{{ customer.first_name </p>")
    shop.write("config.yaml", config.replace("consent: assumed", "consent: perhaps"))
    daemon.says("not taken over: rules/hello.yaml:2", "the last good settings stay at work")
    eventually(lambda: ("hello", TEN) in shop.runs(), lambda: daemon.said)
    eventually(lambda: set(shop.states()) == {"accepted"}, lambda: daemon.said)
    broken = {"rules/hello.yaml", "templates/hello.email.j2", "config.yaml"}
    eventually(lambda: {one.split(":")[0] for one in shop.cards()[0]["broken"]} == broken, shop.cards)

    shop.write("config.yaml", config)
    shop.write("templates/hello.email.j2", "---\nsubject: mended\n---\n<p>Fine.</p>")
    shop.campaign(schedule="daily at 12:00")
    shop.campaign("second", "daily at 12:00")
    daemon.says("everything is sound again", "took over an edit", 'changed=["hello"]', 'new=["second"]')
    eventually(lambda: shop.cards()[0]["broken"] == [])
    assert daemon.stop(signal.SIGINT) == 0
    assert daemon.said.count("not taken over: rules/hello.yaml:2") == 1


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_store_that_goes_away_and_comes_back_is_waited_for(shop: Shop) -> None:
    shop.campaign()
    shop.customers(2)
    daemon = shop.daemon("2026-03-02T09:59:56Z")
    eventually(lambda: shop.cards(), lambda: daemon.said)
    for _ in range(3):
        with shop.database.writer.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        time.sleep(0.5)
    eventually(lambda: ("hello", TEN) in shop.runs(), lambda: daemon.said)
    eventually(lambda: set(shop.states()) == {"accepted"}, lambda: daemon.said)
    assert [one["state"] for one in shop.cards()] == ["running"]
    assert daemon.stop() == 0
    assert "Traceback" not in daemon.said
