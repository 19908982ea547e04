"""The only reader of the time of day. Everything else takes the time as an argument."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

from engine.errors import YoursToFix

_started = time.monotonic()

#: Outside these nothing is known of clocks and calendars.
YEARS = range(1000, 9000)


def now() -> datetime:
    """The present instant, aware UTC, in whole milliseconds.

    `REKINDLE_NOW` sets where the clock stood when this process started; it ticks on from there.
    """
    staged = os.environ.get("REKINDLE_NOW")
    if not staged:
        return milliseconds(datetime.now(UTC))
    at = parse_instant(staged)
    if at.year not in YEARS:
        raise YoursToFix(f"REKINDLE_NOW: the year {at.year} is not one that we can reckon with")
    return milliseconds(at + timedelta(seconds=time.monotonic() - _started))


def milliseconds(instant: datetime) -> datetime:
    """The instant cut to the precision that the stores keep."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with an offset (or Z); a bare one is read as UTC."""
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise YoursToFix(f"{text!r} is not an instant; write it like 2026-03-21T10:00:00Z") from None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return parsed.astimezone(UTC)


def iso(instant: datetime) -> str:
    """How instants are written in JSON and logs: `2011-12-10T10:00:00Z`."""
    style = "milliseconds" if instant.microsecond else "seconds"
    return instant.astimezone(UTC).isoformat(timespec=style).replace("+00:00", "Z")
