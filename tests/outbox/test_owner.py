"""Who is dead: only a lock that the kernel or PostgreSQL gives us says so."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.outbox import journal, owner
from engine.outbox.owner import Owner, proven_dead
from engine.store.database import Database
from engine.vocabulary import Receipt, Verdict


def dead(name: str, workers: Path, database: Database) -> bool:
    with proven_dead(name, workers, database) as evidence:
        return evidence is not None


def test_a_worker_lives_until_it_lets_go(database: Database, tmp_path: Path) -> None:
    mine = Owner(tmp_path, database)
    assert not dead(mine.name, tmp_path, database)
    mine.close(clean=False)
    assert dead(mine.name, tmp_path, database)
    assert owner.leftovers(tmp_path) == [mine.name], "its journal is evidence"


def test_a_worker_that_ends_well_leaves_nothing(database: Database, tmp_path: Path) -> None:
    with Owner(tmp_path, database) as mine:
        assert owner.leftovers(tmp_path) == [mine.name]
    assert owner.leftovers(tmp_path) == []


def test_no_two_workers_share_a_name(database: Database, tmp_path: Path) -> None:
    with Owner(tmp_path, database) as one, Owner(tmp_path, database) as two:
        assert one.name != two.name


def test_a_killed_process_is_proven_dead_and_a_stopped_one_is_not(tmp_path: Path) -> None:
    """SIGSTOP for any length of time proves nothing: the kernel keeps its lock."""
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    code = (
        "import sys, time; from pathlib import Path; from engine.outbox.owner import Owner;"
        "from engine.store.database import Database;"
        "mine = Owner(Path(sys.argv[1]), Database(sys.argv[2])); mine.journal.note('t1');"
        "print(mine.name, flush=True); time.sleep(60)"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path), f"sqlite:///{tmp_path / 'x.db'}"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        name = worker.stdout.readline().strip()
        worker.send_signal(19)
        assert not dead(name, tmp_path, database)
        worker.kill()
    with proven_dead(name, tmp_path, database) as evidence:
        assert evidence is not None
        assert not evidence.never_sent("t1")
        assert evidence.never_sent("t2")


def test_a_child_does_not_keep_its_dead_parents_lock(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    mine = Owner(tmp_path, database)
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        theirs.send(b"here")
        ours.close()
        theirs.recv(1)  # lives on, as an orphaned renderer might, until we hang up
        os._exit(0)
    theirs.close()
    try:
        assert ours.recv(4) == b"here"
        mine.close(clean=False)
        assert dead(mine.name, tmp_path, database)
    finally:
        ours.close()
        os.waitpid(child, 0)


def test_a_live_worker_whose_file_was_removed_proves_nothing(database: Database, tmp_path: Path) -> None:
    """On PostgreSQL its session still speaks for it. On SQLite it is taken for dead, without evidence:
    what it had on the wire becomes a doubt, and the epochs fence it."""
    with Owner(tmp_path, database) as mine:
        mine.journal.note("t1")
        owner.bury(mine.name, tmp_path)
        with proven_dead(mine.name, tmp_path, database) as evidence:
            if database.is_sqlite:
                assert evidence is not None
                assert not evidence.never_sent("t2")
            else:
                assert evidence is None


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_lost_session_alone_is_no_proof_on_the_same_machine(database: Database, tmp_path: Path) -> None:
    with Owner(tmp_path, database) as mine:
        _cut_sessions(database)
        assert not dead(mine.name, tmp_path, database), "the process lives, the kernel says"
        elsewhere = tmp_path / "another machine"
        with proven_dead(mine.name, elsewhere, database) as evidence:
            assert evidence is not None
            assert not evidence.never_sent("t1"), "another machine's journal cannot be read"
        mine.renew()
        assert not dead(mine.name, elsewhere, database), "the lock was taken again"


def _cut_sessions(database: Database) -> None:
    with database.write() as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(text(cut + " AND pid <> pg_backend_pid()"))
    time.sleep(0.05)


def test_the_journal_remembers_answers_and_forgets_when_told(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    mine = Owner(tmp_path, database)
    path = next(tmp_path.glob("*.journal"))
    mine.journal.note("old")
    mine.journal.clear()
    mine.journal.note("t1")
    mine.journal.note("t2")
    said = Receipt(Verdict.REFUSED, "id", "550", "no such user", bad_address=True)
    mine.journal.answer("t1", said)
    evidence = journal.read(path)
    assert evidence.answers == {"t1": said}
    assert [evidence.never_sent(token) for token in ("old", "t1", "t2")] == [True, False, False]
    mine.close()


@pytest.mark.parametrize("torn", ['< t1 ["acc', "< t1", "< t1 {}", '< t1 ["accepted"]', "\0\0\0", "<"])
def test_a_torn_line_is_as_if_it_were_not_there(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "x.journal"
    path.write_text(f"rekindle-journal 1 {journal.boot()}\n> t1\n{torn}")
    evidence = journal.read(path)
    assert evidence.counts
    assert evidence.answers == {}
    assert not evidence.never_sent("t1")


@pytest.mark.parametrize("head", ["", "rekindle-journal 1 another-boot\n", "rekindle-journal 2 {}\n"])
def test_another_boots_journal_proves_nothing(tmp_path: Path, head: str) -> None:
    path = tmp_path / "x.journal"
    path.write_text(head.replace("{}", journal.boot()) + "> t1\n")
    assert not journal.read(path).never_sent("t2")
    assert not journal.read(tmp_path / "missing").never_sent("t2")
