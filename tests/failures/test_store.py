"""A store that is busy, full, cut off or gone, in the middle of sending."""

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from sqlalchemy import Connection, event, text

from engine.cycle import health, patience
from engine.cycle.dispatch import Draft
from engine.errors import TryAgain
from engine.outbox.transitions import Claimed, Key
from engine.policy.recheck import Decision
from engine.store.database import Database
from tests.channels.post import Post, office
from tests.cycle.test_dispatch import send, settings, smtp
from tests.daemon.shop import ROOT, Shop
from tests.outbox import shop


def test_a_busy_store_is_waited_for(small: Database, tmp_path: Path) -> None:
    """Somebody else writes for a while, in the middle of it."""
    shop.fill(small, 20)
    waits: list[float] = []

    def hold(begun: Event) -> None:
        with closing(sqlite3.connect(str(small.path), isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")
            begun.set()
            sleep(0.1)
            held.execute("COMMIT")

    def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        begun = Event()
        Thread(target=hold, args=[begun]).start()
        begun.wait()
        waits.append(0.1)
        return shop.write(rows, now)

    began = monotonic()
    assert send(small, settings(tmp_path), write).by_state == {"accepted": 20}
    assert monotonic() - began >= sum(waits)


def test_reading_and_then_writing_never_fails_for_want_of_a_lock(small: Database) -> None:
    """A deferred transaction would fail at once, however long it may wait."""
    shop.fill(small, 1)

    def add() -> None:
        for _ in range(25):
            with small.write() as connection:
                ((epoch,),) = connection.exec_driver_sql("SELECT epoch FROM delivery").all()
                connection.exec_driver_sql(f"UPDATE delivery SET epoch = {epoch + 1}")

    both = [Thread(target=add) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert shop.rows(small)[0].epoch == 50


def test_a_commit_survives_a_power_loss(small: Database) -> None:
    with small.write() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2, "FULL"


@pytest.mark.parametrize("room", [0, 1, 2, 4, 8])
def test_a_disk_that_fills_up_sends_nothing_more_and_loses_nothing(
    small: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """At whichever write: first the claims, then the intents, then the answers do not fit any more."""
    monkeypatch.setattr(patience, "_WAITS", ())
    shop.fill(small, 300)
    small.close()
    _leave(small, room)
    with office(Post()) as post:
        with pytest.raises(TryAgain, match="the store cannot be written: database or disk is full"):
            send(small, smtp(tmp_path, post.port, batch=100))
        assert len(post.taken) < 300
        small.close()
        send(small, smtp(tmp_path, post.port, batch=100))
        send(small, smtp(tmp_path, post.port, batch=100))
        assert len(post.taken) == len(set(post.recipients_taken)) == 300
    assert shop.states(small) == {"accepted": 300}


def _leave(database: Database, pages: int) -> None:
    """Room for so many pages more, until the store is opened anew."""
    writer = database.writer

    @event.listens_for(writer, "connect")
    def _limit(connection: sqlite3.Connection, record: object) -> None:
        ((now,),) = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count = {now + pages}")


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _unmeasured() -> dict[str, str]:
    """Without the measuring of coverage, which has a file of its own to write."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}


def test_a_full_disk_is_exit_code_75_and_not_ready(small_shop: Shop) -> None:
    small_shop.campaign(schedule="daily at 10:00")
    small_shop.customers(300)
    small_shop.database.close()
    (small_shop.root / "outbox").mkdir()

    def tight() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, 64_000))

    said = subprocess.run(
        [sys.executable, "-m", "engine", "--config", str(small_shop.root / "config.yaml"), "run", "hello"],
        cwd=ROOT, preexec_fn=tight, capture_output=True, text=True, check=False, env=_unmeasured(),
    )  # fmt: skip
    assert said.returncode == 75, said.stderr
    assert "the store cannot be written" in said.stderr
    assert "Traceback" not in said.stderr
    assert small_shop.files() == []
    settings = small_shop.app().settings
    with no_file_longer_than(1_000):
        troubles = health.troubles(small_shop.database, settings)
    assert troubles == [
        "the store cannot be written: disk I/O error",
        "the disk cannot be written: File too large",
    ]
    small_shop.app().run(["hello"])
    assert small_shop.states() == {"accepted": 300}
    assert len(set(small_shop.files())) == len(small_shop.files()) == 300


_CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_connections_that_are_killed_in_the_middle_are_made_anew(
    database: Database, store_url: str, tmp_path: Path
) -> None:
    """While letters are written, and while they are on the wire; every session, its lock's too."""
    shop.fill(database, 60)
    other = Database(store_url)
    cuts = [0]

    def cut() -> None:
        with other.writer.connect() as connection:
            cuts[0] += len(connection.execute(text(_CUT)).all())

    def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        cut()
        return shop.write(rows, now)

    with office(Post(when=dict.fromkeys((5, 20, 33), cut))) as post:
        assert send(database, smtp(tmp_path, post.port), write).by_state == {"accepted": 60}
        assert len(post.taken) == len(set(post.recipients_taken)) == 60
    assert cuts[0] > 10
    other.close()


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_transaction_that_is_killed_is_tried_again(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 20)
    asked = [0]

    def policy(connection: Connection, keys: Sequence[Key], now: datetime) -> Mapping[Key, Decision]:
        asked[0] += 1
        if asked[0] in (1, 3, 6):
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return shop.allow(connection, keys, now)

    assert send(database, settings(tmp_path), asked=policy).by_state == {"accepted": 20}
    assert {row.attempts for row in shop.rows(database)} == {1}
