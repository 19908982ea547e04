"""Faults are told once, waited out, and their end is told."""

import logging
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError

from engine.daemon import patience
from engine.daemon.patience import Patient
from engine.errors import TryAgain


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_FIRST", 0.001)


def failing(error: Exception) -> None:
    raise error


def test_a_fault_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rekindle")
    patient = Patient("planning", Event())
    for _ in range(3):
        assert not patient(lambda: failing(TryAgain("the disk is full")))
    assert patient(lambda: None)
    assert patient(lambda: None)
    assert [record.getMessage() for record in caplog.records] == [
        "planning stopped for now and will go on by itself: the disk is full",
        "planning works again",
    ]


def test_another_fault_is_told_too_and_without_the_statement(caplog: pytest.LogCaptureFixture) -> None:
    patient = Patient("sending", Event())
    patient(lambda: failing(TryAgain("busy")))
    lost = OperationalError("SELECT * FROM customer WHERE email = 'a@b.c'", {}, Exception("gone\nDETAIL"))
    patient(lambda: failing(lost))
    assert "gone" in caplog.text
    assert "a@b.c" not in caplog.text


def test_even_a_bug_is_outlived_and_leaves_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    patient = Patient("planning", Event())
    assert not patient(lambda: failing(ZeroDivisionError()))
    assert "a bug of ours: ZeroDivisionError" in caplog.text
    assert "Traceback" in caplog.text
    assert patient(lambda: None)


def test_nothing_is_waited_for_when_the_daemon_stops(caplog: pytest.LogCaptureFixture) -> None:
    stop = Event()
    stop.set()
    patient = Patient("planning", stop)
    for _ in range(50):
        patient(lambda: failing(TryAgain("busy")))
    assert caplog.text == ""
