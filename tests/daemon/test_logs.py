"""A log line holds its facts, and one event is one line."""

import json
import logging
from collections.abc import Iterator

import pytest

from engine.cli import logs


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root, ours, theirs = (logging.getLogger(name) for name in (None, "rekindle", "apscheduler"))
    handlers, levels = root.handlers[:], [one.level for one in (root, ours, theirs)]
    yield
    root.handlers = handlers
    for one, level in zip((root, ours, theirs), levels, strict=True):
        one.setLevel(level)


def test_facts_follow_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("INFO")
    extra = {"slot": "2026-03-02T10:00", "why": "two words", "rows": 3, "states": {"planned": 1}}
    logging.getLogger("rekindle.test").info("it\nhappened", extra=extra)
    (line,) = capsys.readouterr().err.splitlines()
    at, _, rest = line.partition(" ")
    assert at.endswith("Z")
    assert rest == (
        'INFO rekindle.test: it happened slot=2026-03-02T10:00 why="two words" rows=3 states={"planned":1}'
    )


def test_the_level_is_the_usual_one_unless_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.start("INFO")
    logging.getLogger("rekindle.test").debug("quiet")
    logging.getLogger("other").info("not ours")
    monkeypatch.setenv("REKINDLE_LOG_LEVEL", "debug")
    logs.start("INFO")
    logging.getLogger("rekindle.test").debug("asked for")
    monkeypatch.setenv("REKINDLE_LOG_LEVEL", "nonsense")
    logs.start("INFO")
    logging.getLogger("rekindle.test").debug("quiet again")
    assert [line.split(": ")[1] for line in capsys.readouterr().err.splitlines()] == ["asked for"]


def test_a_line_can_be_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    logs.start("INFO", logs.Form.JSON)
    extra = {"campaign": "hello", "counts": {"accepted": 2}, "event": "mine"}
    logging.getLogger("rekindle.test").info("it\nhappened", extra=extra)
    logs.start("INFO")  # the form stays
    try:
        raise ValueError("of no@body.example")
    except ValueError:
        logging.getLogger("rekindle.test").exception("a fault")
    logs.start("INFO", logs.Form.TEXT)
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "info", "logger": "rekindle.test", "event": "it\nhappened",
        "campaign": "hello", "counts": {"accepted": 2}, "event_": "mine",
    }  # fmt: skip
    assert second["exception"].endswith("ValueError: of n…@body.example")


@pytest.mark.parametrize("form", logs.Form)
def test_an_address_that_slips_in_is_masked(capsys: pytest.CaptureFixture[str], form: logs.Form) -> None:
    logs.start("INFO", form)
    words = "550 <ann.lee+x@mail.shop.example>: no, nor زهرا@نمونه.com, nor +447700900123"
    logging.getLogger("rekindle.test").info(
        words, extra={"slot": "2026-03-02T10:00@Asia/Tehran", "why": words}
    )
    logs.start("INFO", logs.Form.TEXT)
    said = capsys.readouterr().err
    assert said.count("<a…@mail.shop.example>: no, nor ز…@نمونه.com, nor …123") == 2
    assert "2026-03-02T10:00@Asia/Tehran" in said
