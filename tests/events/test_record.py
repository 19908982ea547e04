"""What comes back is written down once, finds its message, and leaves the same state in any order."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine.outbox.claim import claim
from engine.outbox.doubts import prove_told, repeat_or_give_up
from engine.outbox.intent import intend
from engine.outbox.recover import SETTLING
from engine.outbox.settle import Answer, settle
from engine.store.database import Database, table
from engine.store.replies import OrphanEvent, ProviderEvent
from engine.vocabulary import OUTCOMES, Channel, Event, EventKind, Outcome, Receipt, State, Verdict
from tests.events.mail import DAY, READ, SECOND, event, everything, hand_over, outcomes, send, tell
from tests.outbox import shop
from tests.outbox.shop import NOW


def test_an_event_is_written_down_once(database: Database) -> None:
    (row,) = send(database, 1)
    told = event(EventKind.DELIVERED, row)
    first = tell(database, told, told)
    assert (first.new, first.again, first.orphans) == (1, 0, 0)
    again = tell(database, told, now=READ + DAY)
    assert (again.new, again.again) == (0, 1)
    assert outcomes(database) == ["delivered"]


def test_a_delivery_is_found_by_its_own_id_too(database: Database) -> None:
    row, _ = send(database, 2)
    told = event(EventKind.CLICKED, delivery_id=row.delivery_id, link_id="a")
    assert tell(database, told).new == 1
    assert outcomes(database) == ["clicked", None]


def test_an_event_about_nobody_we_know_is_kept_apart(database: Database) -> None:
    told = event(EventKind.DELIVERED, token="of another system", provider="sendgrid")
    assert tell(database, told).orphans == 1
    assert tell(database, told).orphans == 0
    with database.read() as connection:
        (row,) = connection.execute(select(table(OrphanEvent))).all()
    assert (row.token, row.kind, row.provider) == ("of another system", "delivered", "sendgrid")


RISING = [EventKind(outcome.value) for outcome in Outcome]


@pytest.mark.parametrize("order", ["up", "down"])
def test_an_outcome_never_falls_back(database: Database, order: str) -> None:
    (row,) = send(database, 1)
    for kind in RISING if order == "up" else reversed(RISING):
        tell(database, event(kind, row, READ + RISING.index(kind) * DAY))
        assert outcomes(database) == [kind.value if order == "up" else Outcome.UNSUBSCRIBED]


@pytest.mark.parametrize("kind", [EventKind.SENT, EventKind.DEFERRED])
def test_what_says_nothing_of_the_end_leaves_no_outcome(database: Database, kind: EventKind) -> None:
    assert kind not in OUTCOMES
    (row,) = send(database, 1)
    tell(database, event(kind, row))
    assert outcomes(database) == [None]


@pytest.mark.parametrize("kind", list(EventKind))
def test_whatever_comes_back_clears_up_a_doubt(database: Database, kind: EventKind) -> None:
    (row,) = send(database, 1, Verdict.UNKNOWN)
    assert tell(database, event(kind, row, provider_id="SM1")).proven == 1
    (after,) = shop.rows(database)
    assert (after.state, after.provider_id, after.reason, after.settled_at) == ("accepted", "SM1", None, READ)


def test_what_was_given_up_is_proven_too_and_what_waits_again_is_not_sent_again(database: Database) -> None:
    first, second = send(database, 2, Verdict.UNKNOWN)
    later = NOW + SETTLING
    with database.write() as connection:
        rows = shop.delivery
        once = rows.c.customer_id == second.customer_id
        connection.execute(rows.update().where(once).values(promise="at_least_once"))
        assert repeat_or_give_up(connection, later, later, 8) == (1, 1)
    assert tell(database, event(EventKind.DELIVERED, first), event(EventKind.DELIVERED, second)).proven == 2
    assert [row.state for row in shop.rows(database)] == ["accepted", "accepted"]
    assert hand_over(database, at=later) == []


def test_what_a_worker_is_about_to_repeat_is_taken_from_its_hands(database: Database) -> None:
    (row,) = send(database, 1, Verdict.UNKNOWN, promise="at_least_once")
    later = NOW + SETTLING
    with database.write() as connection:
        assert repeat_or_give_up(connection, later, later, 8) == (1, 0)
        claimed = claim(connection, "other", later, 1)
    assert tell(database, event(EventKind.DELIVERED, row)).proven == 1
    with database.write() as connection:
        assert intend(connection, claimed, "other", later) == []
    assert shop.states(database) == {"accepted": 1}


def test_what_came_back_before_the_doubt_proves_it(database: Database) -> None:
    shop.fill(database, 1)
    with database.write() as connection:
        rows = intend(connection, claim(connection, "me", NOW, 1), "me", NOW)
    assert tell(database, event(EventKind.DELIVERED, rows[0])).proven == 0
    with database.write() as connection:
        settle(connection, [Answer(rows[0], Receipt(Verdict.UNKNOWN))], "me", NOW)
        assert prove_told(connection, NOW) == 1
    (after,) = shop.rows(database)
    assert (after.state, after.outcome) == ("accepted", "delivered")


def test_the_providers_answer_names_the_message_and_no_event_renames_it(database: Database) -> None:
    shop.fill(database, 1)
    with database.write() as connection:
        rows = intend(connection, claim(connection, "me", NOW, 1), "me", NOW)
        settle(connection, [Answer(rows[0], Receipt(Verdict.ACCEPTED, "answered"))], "me", NOW)
    tell(database, event(EventKind.DELIVERED, rows[0], provider_id="a"))
    assert shop.rows(database)[0].provider_id == "answered"


def test_what_was_never_sent_has_no_outcome(database: Database) -> None:
    (row,) = send(database, 1, Verdict.REFUSED)
    tell(database, event(EventKind.DELIVERED, row))
    (after,) = shop.rows(database)
    assert (after.state, after.outcome) == (State.FAILED, None)


def test_machines_that_follow_every_link_do_not_count(database: Database) -> None:
    row, other = send(database, 2)
    tell(
        database,
        event(EventKind.OPENED, row, NOW + 3 * SECOND),
        event(EventKind.CLICKED, row, NOW + 9 * SECOND, link_id="a"),
        event(EventKind.CLICKED, row, NOW + 40 * SECOND, link_id="a"),
        event(EventKind.CLICKED, row, NOW + 41 * SECOND, link_id="b"),
        event(EventKind.CLICKED, other, READ, link_id="a"),
        event(EventKind.CLICKED, other, READ + 2 * SECOND, link_id="b"),
        event(EventKind.CLICKED, other, READ + DAY, link_id="a"),
        event(EventKind.CLICKED, other, READ + DAY + SECOND, link_id="a"),
    )
    assert outcomes(database) == [None, "clicked"]
    with database.read() as connection:
        rows = connection.execute(select(table(ProviderEvent))).all()
    assert {one.bot for one in rows if one.customer_id == row.customer_id} == {True}
    assert {one.bot for one in rows if one.customer_id == other.customer_id} == {False}


def test_seconds_are_counted_from_delivery_too(database: Database) -> None:
    """A message may wait for hours at the mailbox's door; the scanner comes when it gets in."""
    (row,) = send(database, 1)
    tell(database, event(EventKind.CLICKED, row, READ + 5 * SECOND, link_id="a"))
    assert outcomes(database) == ["clicked"]
    tell(database, event(EventKind.DELIVERED, row, READ))
    assert outcomes(database) == ["delivered"]
    tell(database, event(EventKind.CLICKED, row, READ + 10 * SECOND, link_id="a"))
    assert outcomes(database) == ["clicked"]


def test_what_the_provider_takes_for_a_machine_does_not_count(database: Database) -> None:
    (row,) = send(database, 1)
    tell(database, event(EventKind.OPENED, row, machine=True))
    assert outcomes(database) == [None]


KINDS = st.sampled_from([kind for kind in EventKind if kind is not EventKind.STOPPED])
MOMENTS = st.integers(0, 60).map(lambda seconds: NOW + timedelta(seconds=seconds)) | st.integers(1, 60).map(
    lambda days: NOW + days * DAY
)


@st.composite
def told(draw: st.DrawFn) -> list[tuple[int, dict[str, Any]]]:
    """Events about four messages, and a STOP: which message, and what is told."""
    one = st.tuples(
        st.integers(0, 3),
        st.fixed_dictionaries(
            {
                "kind": KINDS,
                "at": MOMENTS,
                "link_id": st.sampled_from(["", "a", "b"]),
                "topic": st.sampled_from(["", "offers"]),
                "provider_id": st.sampled_from(["", "x", "y"]),
                "bad_address": st.booleans(),
            }
        ),
    )
    return draw(st.lists(one, min_size=4, max_size=12))


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(given_events=told(), seed=st.integers())
def test_fifty_shuffled_replays_leave_the_same_state(
    database: Database, given_events: list[tuple[int, dict[str, Any]]], seed: int
) -> None:
    """Any order, any repetition, any batches. Half of the messages are in doubt to begin with."""
    dice, states = random.Random(seed), list[dict[str, Any]]()
    rows = _fresh(database)
    before = [row._mapping for row in shop.rows(database)]
    for _ in range(13):
        _forget(database, before)
        events = [event(row=rows[number], **more) for number, more in given_events]
        events.append(Event("stop", EventKind.STOPPED, READ, channel=Channel.EMAIL, address=rows[0].address))
        events += dice.choices(events, k=5)
        dice.shuffle(events)
        while events:
            size = dice.randint(1, len(events))
            tell(database, *events[:size], now=NOW + 61 * DAY)
            events = events[size:]
        states.append(everything(database))
    assert all(one == states[0] for one in states[1:])


def _fresh(database: Database) -> list[Any]:
    """The same four messages each time, tokens and all."""
    with database.write() as connection:
        for name in ("attempt", "delivery", "enrollment", "customer"):
            connection.exec_driver_sql(f"DELETE FROM {name}")
    shop.fill(database, 4)
    with database.write() as connection:
        rows = shop.delivery
        for number in range(4):
            mine = rows.c.customer_id == f"c{number}"
            connection.execute(rows.update().where(mine).values(delivery_id=f"id{number}"))
        claimed = sorted(claim(connection, "me", NOW, 4), key=lambda row: row.customer_id)
        named = [row._replace(token=f"token{number}") for number, row in enumerate(claimed)]
        intend(connection, named, "me", NOW)
        answers = [
            Answer(row, Receipt(Verdict.ACCEPTED if number % 2 else Verdict.UNKNOWN))
            for number, row in enumerate(named)
        ]
        settle(connection, answers, "me", NOW)
    return named


def _forget(database: Database, before: list[Any]) -> None:
    """The messages as they were before anything came back."""
    with database.write() as connection:
        for name in ("provider_event", "orphan_event", "suppression", "consent", "pause", "delivery"):
            connection.exec_driver_sql(f"DELETE FROM {name}")
        connection.execute(shop.delivery.insert(), [dict(one) for one in before])
