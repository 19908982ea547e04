"""What a worker's journal says after a full disk: never that a message stayed here which may have gone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import TryAgain
from engine.outbox import journal
from engine.outbox.journal import Journal
from engine.vocabulary import Receipt, Verdict


@pytest.fixture
def handle(tmp_path: Path) -> Iterator[int]:
    found = os.open(tmp_path / "w.journal", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    yield found
    os.close(found)


def test_a_note_that_was_cut_short_stops_its_message_and_hides_no_other(
    handle: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, write = Journal(handle), os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda to, text: write(to, text[:6]))
        with pytest.raises(OSError, match="No space"):
            kept.note("first")
    kept.note("second")
    evidence = journal.read(tmp_path / "w.journal")
    assert evidence.counts
    assert evidence.never_sent("first")
    assert not evidence.never_sent("second")


def test_an_answer_that_cannot_be_noted_is_a_doubt_and_no_failure(
    handle: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, write = Journal(handle), os.write
    kept.note("first")
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda to, text: write(to, text[:12]))
        kept.answer("first", Receipt(Verdict.ACCEPTED))
    evidence = journal.read(tmp_path / "w.journal")
    assert not evidence.never_sent("first")
    assert evidence.answers == {}


def test_a_journal_that_cannot_begin_is_a_sentence(handle: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(TryAgain, match="No space left"):
        Journal(handle)
