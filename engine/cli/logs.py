"""Log lines for people and for programs: the time, what happened, and its facts; addresses are masked."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from engine import clock

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
#: No line should hold an address; should one slip in, within another's words, it is not shown.
_EMAIL = re.compile(r"([^\s<>@,;:\"'()\[\]{}=]?)[^\s<>@,;:\"'()\[\]{}=]*@((?:[\w-]+\.)+[\w-]+)")
_PHONE = re.compile(r"\+\d{4,12}(\d{3})\b")


class Form(StrEnum):
    """How lines are written: for people, or one JSON object each."""

    TEXT = "text"
    JSON = "json"


class _Chosen:
    form = Form.TEXT


def masked(text: str) -> str:
    """The text with its addresses as they may be shown: `a…@example.com`, `…123`."""
    return _PHONE.sub(r"…\1", _EMAIL.sub(r"\1…@\2", text))


class Lines(logging.Formatter):
    """One line a record, in UTC; what was given as `extra` follows the message as `key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        said = " ".join(record.getMessage().splitlines())
        line = f"{_at(record)} {record.levelname} {record.name}: {said}"
        line += "".join(f" {key}={_value(value)}" for key, value in _facts(record).items())
        return masked(line if not record.exc_info else f"{line}\n{self.formatException(record.exc_info)}")


class Objects(logging.Formatter):
    """One JSON object a record: time, level, logger, event, and what was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        told |= {f"{key}_" if key in told else key: value for key, value in _facts(record).items()}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return masked(json.dumps(told, default=str, ensure_ascii=False))


def _at(record: logging.LogRecord) -> str:
    return clock.iso(clock.milliseconds(datetime.fromtimestamp(record.created, UTC)))


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _USUAL}


def _value(value: object) -> str:
    if isinstance(value, str) and value.isprintable() and value and not set(' "=') & set(value):
        return value
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


def start(usual: str = "WARNING", form: Form | None = None) -> None:
    """Logs to stderr from REKINDLE_LOG_LEVEL on, or from `usual` where that says nothing.

    `form` stays until another one is given.
    """
    _Chosen.form = form or _Chosen.form
    named = os.environ.get("REKINDLE_LOG_LEVEL", usual).upper()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Objects() if _Chosen.form is Form.JSON else Lines())
    known = named in logging.getLevelNamesMapping()
    logging.basicConfig(level="WARNING", handlers=[handler], force=True)
    logging.getLogger("rekindle").setLevel(named if known else usual)
    # Its notes are of jobs that were late or overlapped; ours say what matters.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
