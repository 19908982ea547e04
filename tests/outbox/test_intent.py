"""T4: what was asked inside the intent's transaction is still true when it commits."""

import threading
from collections.abc import Callable

import pytest

from engine.cycle.asking import ask
from engine.outbox import pauses
from engine.outbox.claim import claim
from engine.outbox.intent import intend, one_per_customer, stand_still
from engine.outbox.transitions import Claimed
from engine.policy.recheck import Decision
from engine.store.database import Database, table
from engine.store.people import Consent, Suppression
from tests.outbox import shop
from tests.outbox.shop import NOW

consent, suppression = table(Consent), table(Suppression)


def opt_out(database: Database) -> None:
    with database.write() as connection:
        row = {"customer_id": "c0", "channel": "email", "topic": "", "at": NOW, "status": "unsubscribed"}
        connection.execute(consent.insert(), [row])


def suppress(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            suppression.insert(), [{"channel": "email", "address": "c0@example.com", "at": NOW}]
        )


def pause(database: Database) -> None:
    with database.write() as connection:
        pauses.put(connection, "all", "test", NOW)


@pytest.mark.parametrize("stopper", [opt_out, suppress, pause])
def test_nothing_that_forbids_a_message_commits_between_question_and_intent(
    database: Database, stopper: Callable[[Database], None]
) -> None:
    shop.fill(database, 1)
    with database.write() as connection:
        rows = claim(connection, "me", NOW, 1)
    done = threading.Event()

    def stop() -> None:
        stopper(database)
        done.set()

    other = threading.Thread(target=stop)
    with database.write() as connection:
        stand_still(connection, rows)
        other.start()
        assert not done.wait(0.3), "it waits for our commit"
        intend(connection, rows, "me", NOW)
    other.join(10)
    assert done.is_set()


def test_intents_for_one_customer_come_one_after_the_other(database: Database) -> None:
    """Two workers with a message each for the same person: the second sees what the first used up."""
    shop.fill(database, 1, campaign="a")
    with database.write() as connection:
        shop.promise(connection, campaign="b")
        claims = [claim(connection, name, NOW, 1) for name in ("one", "two")]

    def once_a_person(connection: object, keys: object, now: object) -> dict[tuple[str, str], Decision]:
        count = "SELECT count(*) FROM delivery WHERE state = 'sending'"
        used = connection.exec_driver_sql(count).scalar_one()  # type: ignore[attr-defined]
        return {key: Decision(allow=used == 0, state=None) for key in keys}  # type: ignore[attr-defined]

    def work(name: str, rows: list[Claimed]) -> None:
        with database.write() as connection:
            stand_still(connection, rows)
            intend(connection, ask(connection, rows, once_a_person, name, NOW), name, NOW)

    workers = [threading.Thread(target=work, args=pair) for pair in zip(("one", "two"), claims, strict=True)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert shop.states(database) == {"sending": 1, "planned": 1}


def test_nobody_stands_twice_in_a_round(database: Database) -> None:
    shop.fill(database, 2, campaign="a")
    with database.write() as connection:
        shop.promise(connection, campaign="b")
        shop.promise(connection, campaign="c", slot="x")
        rows = claim(connection, "me", NOW, 100)
    rounds = list(one_per_customer(rows))
    assert [len(turn) for turn in rounds] == [2, 2, 2]
    assert all(len({row.customer_id for row in turn}) == len(turn) for turn in rounds)
    assert sorted(row.key for turn in rounds for row in turn) == sorted(row.key for row in rows)
    assert list(one_per_customer([])) == []
