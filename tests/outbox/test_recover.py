"""T9, T10: what a dead worker held goes where the evidence says, and nowhere else."""

from datetime import timedelta
from pathlib import Path

import pytest

from engine.outbox import owner
from engine.outbox.claim import claim
from engine.outbox.intent import intend
from engine.outbox.owner import Owner
from engine.outbox.recover import recover
from engine.store.database import Database
from engine.vocabulary import Receipt, Verdict
from tests.outbox import shop
from tests.outbox.shop import NOW


def test_each_row_of_the_dead_goes_where_the_evidence_says(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 5)
    mine = Owner(tmp_path, database)
    with database.write() as connection:
        rows = intend(connection, claim(connection, mine.name, NOW, 4), mine.name, NOW)
        claim(connection, mine.name, NOW, 1)
    answered, refused, on_the_wire, _ = rows
    for row in (answered, refused, on_the_wire):
        mine.journal.note(row.token)
    mine.journal.answer(answered.token, Receipt(Verdict.ACCEPTED, "x7"))
    mine.journal.answer(refused.token, Receipt(Verdict.REFUSED, code="550", bad_address=True))
    assert recover(database, tmp_path, NOW) == 0, "it lives"
    mine.close(clean=False)
    assert recover(database, tmp_path, NOW) == 5
    after = {row.customer_id: (row.state, row.provider_id or row.reason) for row in shop.rows(database)}
    assert after == {
        answered.customer_id: ("accepted", "x7"),
        refused.customer_id: ("failed", "invalid_address"),
        on_the_wire.customer_id: ("unknown", "worker_died"),
        rows[3].customer_id: ("planned", None),
        "c4": ("planned", None),
    }
    assert owner.leftovers(tmp_path) == []
    with database.read() as connection:
        open_attempts = connection.exec_driver_sql("SELECT count(*) FROM attempt WHERE ended_at IS NULL")
        assert open_attempts.scalar_one() == 0


def test_without_a_journal_everything_that_was_intended_is_in_doubt(
    database: Database, tmp_path: Path
) -> None:
    shop.fill(database, 3)
    mine = Owner(tmp_path, database)
    with database.write() as connection:
        intend(connection, claim(connection, mine.name, NOW, 2), mine.name, NOW)
        claim(connection, mine.name, NOW, 1)
    mine.close(clean=False)
    owner.bury(mine.name, tmp_path)
    recover(database, tmp_path, NOW)
    assert shop.states(database) == {"unknown": 2, "planned": 1}


def test_recovering_twice_or_at_once_changes_nothing_more(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 2)
    mine = Owner(tmp_path, database)
    with database.write() as connection:
        intend(connection, claim(connection, mine.name, NOW, 2), mine.name, NOW)
    mine.close(clean=False)
    assert recover(database, tmp_path, NOW) == 2
    assert recover(database, tmp_path, NOW) == 0
    assert shop.states(database) == {"planned": 2}
    assert {row.epoch for row in shop.rows(database)} == {1}


def test_a_worker_never_recovers_from_itself(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 1)
    with Owner(tmp_path, database) as mine:
        with database.write() as connection:
            claim(connection, mine.name, NOW, 1)
        assert recover(database, tmp_path, NOW, but=mine.name) == 0
        assert shop.states(database) == {"claimed": 1}


@pytest.mark.parametrize(
    ("promise", "state"), [("at_most_once", "unresolved"), ("at_least_once", "retry_wait")]
)
def test_a_doubt_is_settled_after_its_time(
    database: Database, tmp_path: Path, promise: str, state: str
) -> None:
    shop.fill(database, 1, promise=promise)
    mine = Owner(tmp_path, database)
    with database.write() as connection:
        (row,) = intend(connection, claim(connection, mine.name, NOW, 1), mine.name, NOW)
    mine.journal.note(row.token)
    mine.close(clean=False)
    recover(database, tmp_path, NOW + timedelta(minutes=1))
    assert shop.states(database) == {"unknown": 1}
    recover(database, tmp_path, NOW + timedelta(minutes=11))
    assert shop.states(database) == {state: 1}


def test_a_tidy_up_leaves_the_living_alone(database: Database, tmp_path: Path) -> None:
    killed = Owner(tmp_path, database)
    killed.close(clean=False)
    with Owner(tmp_path, database) as mine, Owner(tmp_path, database) as other:
        recover(database, tmp_path, NOW, but=mine.name)
        assert owner.leftovers(tmp_path) == sorted([mine.name, other.name])
