"""How fast and how much a channel may send: so many a second, so many a day, more each day at first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Event, Lock

from sqlalchemy import Connection, and_, func, or_, select

from engine.durations import Calendar
from engine.outbox.transitions import delivery
from engine.settings import ChannelSettings
from engine.vocabulary import State


class Pace:
    """Lets one message begin every so often, whichever line asks. For this process alone."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next, self._lock = time.monotonic(), Lock()

    def wait(self, stop: Event) -> None:
        """Returns when the next message may begin, or when it is time to stop."""
        if not self._gap:
            return
        with self._lock:
            begin = max(self._next, time.monotonic())
            self._next = begin + self._gap
        while (left := begin - time.monotonic()) > 0 and not stop.is_set():
            stop.wait(min(left, 0.5))


def left_today(
    connection: Connection, channel: str, settings: ChannelSettings, now: datetime, calendar: Calendar
) -> int | None:
    """How many messages of the channel may still begin on this day of the brand's; None: any number."""
    if settings.per_day is None and not settings.warm_up:
        return None
    today = calendar.midnight(now)
    begun = or_(
        and_(delivery.c.sent_at.is_not(None), delivery.c.sent_at >= today),
        delivery.c.state == State.CLAIMED.value,
    )
    used = connection.execute(select(func.count()).where(delivery.c.channel == channel, begun)).scalar_one()
    return max(0, _cap(connection, channel, settings, today) - used)


def _cap(connection: Connection, channel: str, settings: ChannelSettings, today: datetime) -> int:
    """The day's cap: of the warm-up's list while it lasts, then `per_day`."""
    most = settings.per_day if settings.per_day is not None else _NO_END
    day = _days_since_first(connection, channel, today) if settings.warm_up else 0
    steps: Sequence[int] = settings.warm_up
    return min(steps[day], most) if day < len(steps) else most


_NO_END = 2**31


def _days_since_first(connection: Connection, channel: str, today: datetime) -> int:
    sent = and_(delivery.c.channel == channel, delivery.c.sent_at.is_not(None))
    first = connection.execute(select(func.min(delivery.c.sent_at)).where(sent)).scalar()
    if first is None or first >= today:
        return 0
    return int((today - first) / timedelta(days=1)) + 1
