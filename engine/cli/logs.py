"""Log lines for people and for programs: the time, what happened, and its facts as key=value."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime

from engine import clock

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Lines(logging.Formatter):
    """One line a record, in UTC; what was given as `extra` follows the message."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {key: value for key, value in vars(record).items() if key not in _USUAL}
        at = clock.iso(clock.milliseconds(datetime.fromtimestamp(record.created, UTC)))
        said = " ".join(record.getMessage().splitlines())
        line = f"{at} {record.levelname} {record.name}: {said}"
        line += "".join(f" {key}={_value(value)}" for key, value in facts.items())
        return line if not record.exc_info else f"{line}\n{self.formatException(record.exc_info)}"


def _value(value: object) -> str:
    if isinstance(value, str) and value.isprintable() and value and not set(' "=') & set(value):
        return value
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


def start(usual: str = "WARNING") -> None:
    """Logs to stderr from REKINDLE_LOG_LEVEL on, or from `usual` where that says nothing."""
    named = os.environ.get("REKINDLE_LOG_LEVEL", usual).upper()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    known = named in logging.getLevelNamesMapping()
    logging.basicConfig(level="WARNING", handlers=[handler], force=True)
    logging.getLogger("rekindle").setLevel(named if known else usual)
    # Its notes are of jobs that were late or overlapped; ours say what matters.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
