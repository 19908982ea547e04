"""T2: who may take what, and that nobody takes it twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.outbox import pauses
from engine.outbox.claim import claim, expire
from engine.outbox.settle import put_back
from engine.outbox.transitions import Claimed
from engine.store.database import Database
from tests.outbox import shop
from tests.outbox.shop import NOW


def take(database: Database, limit: int = 100, owner: str = "me", **more: object) -> list[Claimed]:
    with database.write() as connection:
        return claim(connection, owner, more.pop("now", NOW), limit, **more)  # type: ignore[arg-type]


def test_a_claim_marks_the_row_with_owner_and_epoch(database: Database) -> None:
    shop.fill(database, 2)
    first, second = take(database)
    assert first.epoch == second.epoch == 1
    assert first.token != second.token
    assert [(row.state, row.owner, row.epoch) for row in shop.rows(database)] == [("claimed", "me", 1)] * 2
    assert take(database) == []


def test_only_what_is_due_and_in_time(database: Database) -> None:
    shop.fill(database, 1, campaign="later", not_before=NOW + timedelta(seconds=1))
    shop.fill(database, 1, start=1, campaign="late", send_by=NOW)
    shop.fill(database, 1, start=2, campaign="now", send_by=NOW + timedelta(seconds=1))
    assert {row.campaign for row in take(database)} == {"now"}
    later = take(database, now=NOW + timedelta(seconds=1))
    assert {row.campaign for row in later} == {"later"}


def test_the_most_urgent_first(database: Database) -> None:
    for priority, minutes in ((10, 9), (90, 1), (90, 5), (50, 7)):
        name = f"p{priority}m{minutes}"
        at = NOW - timedelta(minutes=minutes)
        shop.fill(database, 1, start=minutes, campaign=name, priority=priority, not_before=at)
        with database.write() as connection:
            everyone = shop.delivery.c.customer_id != f"c{minutes}"
            connection.execute(shop.delivery.delete().where(everyone, shop.delivery.c.campaign == name))
    order = [row.campaign for _ in range(4) for row in take(database, limit=1)]
    assert order == ["p90m5", "p90m1", "p50m7", "p10m9"]


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ("all", set()),
        ("campaign:a", {("b", "email"), ("b", "sms")}),
        ("channel:sms", {("a", "email"), ("b", "email")}),
        ("campaign:other", {("a", "email"), ("a", "sms"), ("b", "email"), ("b", "sms")}),
    ],
)
def test_what_is_paused_stays(database: Database, scope: str, left: set[tuple[str, str]]) -> None:
    shop.fill(database, 1, campaign="a")
    with database.write() as connection:
        for campaign, channel in (("a", "sms"), ("b", "email"), ("b", "sms")):
            shop.promise(connection, campaign=campaign, channel=channel)
        pauses.put(connection, scope, "test", NOW)
    assert {(row.campaign, row.channel) for row in take(database)} == left


def test_named_campaigns_and_channels_only(database: Database) -> None:
    shop.fill(database, 1, campaign="a")
    with database.write() as connection:
        shop.promise(connection, campaign="b")
        shop.promise(connection, campaign="b", channel="sms")
    assert [row.campaign for row in take(database, campaigns=["a"])] == ["a"]
    assert [row.channel for row in take(database, channels=["sms"])] == ["sms"]
    assert take(database, campaigns=[]) == []


def test_an_epoch_only_grows(database: Database) -> None:
    shop.fill(database, 1)
    for epoch in (1, 2, 3):
        rows = take(database)
        assert rows[0].epoch == epoch
        with database.write() as connection:
            put_back(connection, rows, "me", NOW)


def test_the_late_expire_and_end_their_passage(database: Database) -> None:
    shop.fill(database, 3, send_by=NOW)
    with database.write() as connection:
        assert expire(connection, NOW) == 3
        assert expire(connection, NOW) == 0
        passages = connection.execute(shop.enrollment.select()).all()
    assert {(row.state, row.reason, row.settled_at) for row in shop.rows(database)} == {
        ("expired", "send_by", NOW)
    }
    assert {(row.state, row.ended_at) for row in passages} == {("finished", NOW)}


def test_many_hands_never_take_one_row_twice(database: Database) -> None:
    shop.fill(database, 300)

    def hand(number: int) -> list[Claimed]:
        taken: list[Claimed] = []
        while rows := take(database, limit=7, owner=f"hand{number}"):
            taken += rows
        return taken

    with ThreadPoolExecutor(6) as hands:
        taken = [row for rows in hands.map(hand, range(6)) for row in rows]
    assert len(taken) == len({row.key for row in taken}) == 300
