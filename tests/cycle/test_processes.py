"""Several processes on one store, and one of them asleep: each message is sent once."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import text

from engine.outbox import owner as owners
from engine.store.database import Database
from tests.channels.post import Post, office
from tests.cycle import senders
from tests.cycle.eight import together
from tests.outbox import shop
from tests.outbox.shop import NOW

_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_three_processes_send_each_message_once(store_url: str, tmp_path: Path) -> None:
    count = together(store_url, tmp_path, messages=600, processes=3, batch=20)
    assert count.exits == [0, 0, 0]
    assert len(count.taken) == 600
    assert count.repeated == 0
    assert count.states == {"accepted": 600}


def test_a_sleeper_wakes_up_and_repeats_nothing(store_url: str, tmp_path: Path) -> None:
    """SIGSTOP in the middle of a batch, another does the rest twenty minutes later, SIGCONT."""
    database = Database(store_url)
    shop.fill(database, 60)
    with office(Post(delay=0.005)) as post:
        sleeper = senders.start(store_url, tmp_path, post.port)
        senders.until(lambda: len(post.taken) > 10)
        _suspend(sleeper, database)
        other = senders.start(store_url, tmp_path, post.port, now=NOW + timedelta(minutes=20))
        other.join()
        asleep = shop.states(database)
        senders.wake(sleeper)
        sleeper.join()
    assert (sleeper.exitcode, other.exitcode) == (0, 0)
    assert asleep.pop("accepted") > 20
    assert set(asleep) <= {"claimed", "sending"}, "what it holds is still its own"
    assert shop.states(database) == {"accepted": 60}
    assert len(post.taken) == len(set(post.recipients_taken)) == 60
    database.close()


def test_a_sleeper_that_was_taken_for_dead_repeats_nothing(store_url: str, tmp_path: Path) -> None:
    """Its lock file was cleared away and its session was cut: others take over, and it wakes up fenced."""
    database = Database(store_url)
    shop.fill(database, 60)
    workers = owners.folder(tmp_path, database)
    with office(Post(delay=0.005)) as post:
        sleeper = senders.start(store_url, tmp_path, post.port)
        senders.until(lambda: len(post.taken) > 10)
        _suspend(sleeper, database)
        for name in owners.leftovers(workers):
            owners.bury(name, workers)
        _cut_sessions(database)
        senders.start(store_url, tmp_path, post.port, now=NOW + timedelta(minutes=20)).join()
        senders.wake(sleeper)
        sleeper.join()
    states = Counter(shop.states(database))
    doubts = states["unknown"] + states["unresolved"]
    assert states["accepted"] + doubts == 60
    assert 0 < doubts <= 16, "what it had promised, and no more"
    assert len(post.taken) == len(set(post.recipients_taken)), "taken twice"
    sent = {row.address for row in shop.rows(database) if row.state == "accepted"}
    assert sent <= set(post.recipients_taken)
    database.close()


def _suspend(sleeper: ForkServerProcess, database: Database) -> None:
    """Not in the middle of a transaction: then everybody would have to wait for it, as they should."""
    senders.suspend(sleeper)
    while _writes(database):
        senders.wake(sleeper)
        sleep(0.003)
        senders.suspend(sleeper)


def _writes(database: Database) -> bool:
    """Whether somebody is in a transaction."""
    if database.path is not None:
        with closing(sqlite3.connect(database.path, timeout=0, isolation_level=None)) as asking:
            try:
                asking.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
        return False
    with database.read() as connection:
        return bool(connection.execute(text(f"SELECT count(*) {_OTHERS} AND state <> 'idle'")).scalar())


def _cut_sessions(database: Database) -> None:
    if database.is_sqlite:
        return
    with database.write() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) {_OTHERS}"))
