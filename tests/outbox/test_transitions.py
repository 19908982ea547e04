"""The laws of the ways between states, for every way in the table."""

from datetime import timedelta
from typing import Any

import pytest

from engine.outbox.claim import claim
from engine.outbox.doubts import repeat_or_give_up
from engine.outbox.intent import intend
from engine.outbox.settle import Answer, Patience, drop, put_back, settle, unsend
from engine.outbox.transitions import TRANSITIONS, Claimed, Step, Transition, perform
from engine.store.database import Database
from engine.vocabulary import SETTLED, Receipt, State, Verdict
from tests.outbox import shop
from tests.outbox.shop import NOW

HELD = [one for one in TRANSITIONS if one.held]
WAYS = [(one, target) for one in HELD for target in one.targets]


def in_hand(database: Database, state: State = State.CLAIMED, count: int = 1) -> list[Claimed]:
    shop.fill(database, count)
    with database.write() as connection:
        rows = claim(connection, "me", NOW, count)
        if state is State.SENDING:
            rows = intend(connection, rows, "me", NOW)
    return rows


def test_the_table_is_that_of_the_design() -> None:
    numbers = {one.number for one in TRANSITIONS}
    assert numbers == {f"T{number}" for number in range(1, 17)} - {"T12"}
    sending = {target for one in TRANSITIONS if State.SENDING in one.sources for target in one.targets}
    assert State.CANCELLED not in sending, "what may be on the wire cannot be called back"
    back = [one.name for one in TRANSITIONS if State.SENDING in one.sources and State.PLANNED in one.targets]
    assert back == ["unsent"]
    assert all(not set(SETTLED) & set(one.sources) for one in HELD), "settled is settled"


@pytest.mark.parametrize(("way", "target"), WAYS, ids=lambda one: getattr(one, "name", str(one)))
def test_only_the_holder_at_its_epoch_may_go(database: Database, way: Transition, target: State) -> None:
    (source,) = way.sources
    (row,) = in_hand(database, source)
    right = Step(row.key, row.epoch, target)
    with database.write() as connection:
        assert perform(connection, way, [right], "another", NOW) == 0
        assert perform(connection, way, [Step(row.key, row.epoch - 1, target)], "me", NOW) == 0
        assert perform(connection, way, [Step(row.key, row.epoch + 1, target)], "me", NOW) == 0
        assert perform(connection, way, [right], "me", NOW) == 1
        assert perform(connection, way, [right], "me", NOW) == 0
    (after,) = shop.rows(database)
    assert (after.state, after.owner, after.epoch) == (target, None, row.epoch)
    assert (after.settled_at is not None) == (target in SETTLED)


@pytest.mark.parametrize("way", HELD, ids=lambda one: one.name)
def test_a_way_leads_only_where_the_table_says(database: Database, way: Transition) -> None:
    other = State.SENDING if way.sources == (State.SENDING,) else State.CLAIMED
    with database.write() as connection, pytest.raises(ValueError):
        perform(connection, way, [Step(("a", "b"), 1, other)], "me", NOW)


RECEIPTS = [
    (Receipt(Verdict.ACCEPTED, provider_id="x1"), "accepted", None, 1),
    (Receipt(Verdict.REFUSED, code="554", detail="no"), "failed", "no", 1),
    (Receipt(Verdict.REFUSED, code="550", bad_address=True), "failed", "invalid_address", 1),
    (Receipt(Verdict.LATER, code="450"), "retry_wait", "450", 1),
    (Receipt(Verdict.LATER, code="429", until=NOW + timedelta(minutes=9)), "retry_wait", "429", 0),
    (Receipt(Verdict.LATER, code="down", channel_wide=True), "retry_wait", "down", 0),
    (Receipt(Verdict.UNKNOWN), "unknown", "answer_lost", 1),
    (Receipt(Verdict.HALT, code="535"), "retry_wait", "channel_halted", 0),
]


@pytest.mark.parametrize(("receipt", "state", "reason", "spent"), RECEIPTS)
def test_what_an_answer_makes_of_a_row(
    database: Database, receipt: Receipt, state: str, reason: str | None, spent: int
) -> None:
    (row,) = in_hand(database, State.SENDING)
    with database.write() as connection:
        assert settle(connection, [Answer(row, receipt)], "me", NOW) == 1
        suppressed = connection.exec_driver_sql("SELECT address FROM suppression").scalars().all()
        (attempt,) = connection.exec_driver_sql("SELECT token, verdict, ended_at FROM attempt").all()
        (passage,) = connection.execute(shop.enrollment.select()).all()
    (after,) = shop.rows(database)
    assert (after.state, after.reason, after.attempts) == (state, reason, spent)
    assert after.provider_id == (receipt.provider_id or None)
    assert suppressed == (["c0@example.com"] if receipt.bad_address else [])
    assert (attempt.token, attempt.verdict) == (row.token, receipt.verdict)
    assert attempt.ended_at is not None
    assert passage.state == ("finished" if state in SETTLED else "active")


def test_a_greylisted_message_waits_longer_each_time_and_not_for_ever(database: Database) -> None:
    shop.fill(database, 1)
    clock, waits = shop.Clock(), []
    for attempt in range(1, 9):
        with database.write() as connection:
            rows = intend(connection, claim(connection, "me", clock.at, 1), "me", clock.at)
            assert (
                settle(connection, [Answer(rows[0], Receipt(Verdict.LATER, code="450"))], "me", clock.at) == 1
            )
        (row,) = shop.rows(database)
        assert row.attempts == attempt
        waits.append(row.not_before - clock.at)
        clock.at = row.not_before
    assert (row.state, row.reason) == ("failed", "exhausted")
    assert waits[0] >= timedelta(minutes=15)
    assert waits[1] >= timedelta(minutes=45)
    assert timedelta(days=3) < sum(waits[:-1], timedelta()) < timedelta(days=5)


def test_a_late_answer_of_a_fenced_worker_only_writes_its_attempt(database: Database) -> None:
    (row,) = in_hand(database, State.SENDING)
    with database.write() as connection:
        unsend(connection, [row], "me", NOW)
        (again,) = intend(connection, claim(connection, "you", NOW, 1), "you", NOW)
        assert settle(connection, [Answer(row, Receipt(Verdict.ACCEPTED, "late"))], "me", NOW) == 0
        attempts = connection.exec_driver_sql("SELECT epoch, provider_id FROM attempt ORDER BY epoch").all()
    (after,) = shop.rows(database)
    assert (after.state, after.owner, after.epoch) == ("sending", "you", again.epoch)
    assert [tuple(one) for one in attempts] == [(1, "late"), (2, None)]


def test_an_intent_is_written_only_for_rows_still_held(database: Database) -> None:
    rows = in_hand(database, count=3)
    with database.write() as connection:
        put_back(connection, rows[:1], "me", NOW, reason="test")
        claim(connection, "you", NOW, 1)
        assert intend(connection, rows, "me", NOW) == rows[1:]
        assert intend(connection, rows, "me", NOW) == []
        tokens = connection.exec_driver_sql("SELECT token FROM attempt").scalars().all()
    assert set(tokens) == {row.token for row in rows[1:]}


def test_what_was_put_back_waits_as_it_did_before(database: Database) -> None:
    (row,) = in_hand(database, State.SENDING)
    with database.write() as connection:
        settle(connection, [Answer(row, Receipt(Verdict.LATER, "450"))], "me", NOW)
        (row,) = claim(connection, "me", NOW + timedelta(hours=1), 1)
        put_back(connection, [row], "me", NOW, "quiet_hours", NOW + timedelta(hours=9))
    (after,) = shop.rows(database)
    assert (after.state, after.reason, after.attempts) == ("retry_wait", "quiet_hours", 1)
    assert after.not_before == NOW + timedelta(hours=9)


def test_dropped_rows_keep_their_reason_and_end_their_passage(database: Database) -> None:
    rows = in_hand(database, count=2)
    decided = [(rows[0], State.SKIPPED, "sms_too_long"), (rows[1], State.SUPPRESSED, "suppressed")]
    with database.write() as connection:
        assert drop(connection, decided, "me", NOW) == 2
        ended = {row.state for row in connection.execute(shop.enrollment.select())}
    assert [(row.state, row.reason) for row in shop.rows(database)] == [
        ("skipped", "sms_too_long"),
        ("suppressed", "suppressed"),
    ]
    assert ended == {"finished"}


@pytest.mark.parametrize(
    ("columns", "attempts", "state"),
    [
        ({}, 1, "unresolved"),
        ({"promise": "at_least_once"}, 1, "retry_wait"),
        ({"promise": "at_least_once"}, 8, "unresolved"),
        ({"promise": "at_least_once", "send_by": NOW + timedelta(minutes=5)}, 1, "unresolved"),
    ],
)
def test_an_old_doubt_is_repeated_or_left_to_a_person(
    database: Database, columns: dict[str, Any], attempts: int, state: str
) -> None:
    shop.fill(database, 1, **columns)
    later = NOW + timedelta(minutes=11)
    with database.write() as connection:
        (row,) = intend(connection, claim(connection, "me", NOW, 1), "me", NOW)
        settle(connection, [Answer(row, Receipt(Verdict.UNKNOWN))], "me", NOW)
        connection.execute(shop.delivery.update().values(attempts=attempts))
        limit = Patience().attempts
        assert repeat_or_give_up(connection, NOW, NOW - timedelta(minutes=10), limit) == (0, 0)
        repeat_or_give_up(connection, later, later - timedelta(minutes=10), limit)
    (after,) = shop.rows(database)
    assert (after.state, after.dup_risk) == (state, state == "retry_wait")
    assert (after.settled_at is not None) == (state == "unresolved")
