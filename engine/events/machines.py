"""Which opens and clicks were a machine's: scanners follow every link before anybody has read a word.

An open or click is a machine's when

- the provider says so;
- it comes within ten seconds of the message's hand-over, or of its delivery as the provider tells it;
- it is a click, and another link of the same message was clicked within two seconds of it.

Each of these is true for good once it is true, whatever else comes in and in whatever order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, true

from engine.events.record import Known, attempt, delivery, reply
from engine.vocabulary import EventKind

AT_ONCE = timedelta(seconds=10)
TOGETHER = timedelta(seconds=2)
_LOOKED = (EventKind.OPENED.value, EventKind.CLICKED.value)

_ROWS = select(
    *(reply.c[name] for name in ("customer_id", "fingerprint", "dedupe_key", "kind", "at", "link_id", "bot"))
)
_MARK = (
    reply.update()
    .where(
        reply.c.customer_id == bindparam("b_customer"),
        reply.c.fingerprint == bindparam("b_fingerprint"),
    )
    .values(bot=true())
)


def mark_machines(connection: Connection, known: Sequence[Known]) -> None:
    """Marks the machines' opens and clicks among these events, and among those so near that these decide.

    However often a link is clicked, what lies further away is not looked at again.
    """
    keys = sorted({one.about.dedupe_key for one in known if one.about.dedupe_key})
    if not keys:
        return
    times = [one.event.at for one in known]
    near = reply.c.at.between(min(times) - AT_ONCE, max(times) + AT_ONCE)
    by_key: dict[str, list[Any]] = {}
    for row in connection.execute(_ROWS.where(reply.c.dedupe_key.in_(keys), near)):
        by_key.setdefault(row.dedupe_key, []).append(row)
    same = and_(
        attempt.c.customer_id == delivery.c.customer_id, attempt.c.dedupe_key == delivery.c.dedupe_key
    )
    tried = select(attempt.c.dedupe_key, attempt.c.started_at).join(delivery, same)
    tried = tried.where(delivery.c.dedupe_key.in_(keys))  # by its index; an attempt's key begins otherwise
    starts: dict[str, list[datetime]] = {}
    for row in connection.execute(tried):
        starts.setdefault(row.dedupe_key, []).append(row.started_at)
    found = [row for key, rows in by_key.items() for row in machines(rows, starts.get(key, []))]
    marks = [
        {"b_customer": row.customer_id, "b_fingerprint": row.fingerprint} for row in found if not row.bot
    ]
    if marks:
        connection.execute(_MARK, marks)


def machines(rows: Sequence[Any], handed_over: Sequence[datetime]) -> Iterator[Any]:
    """Of the events of one message, the opens and clicks that no person made."""
    starts = sorted([*handed_over, *(row.at for row in rows if row.kind == EventKind.DELIVERED)])
    clicks = sorted((row for row in rows if row.kind == EventKind.CLICKED), key=lambda row: row.at)
    times = [row.at for row in clicks]
    for row in rows:
        if row.kind in _LOOKED and _follows(row.at, starts):
            yield row
        elif row.kind == EventKind.CLICKED:
            beside = clicks[bisect_right(times, row.at - TOGETHER) : bisect_left(times, row.at + TOGETHER)]
            if any(other.link_id and row.link_id and other.link_id != row.link_id for other in beside):
                yield row


def _follows(at: datetime, starts: Sequence[datetime]) -> bool:
    """Whether the last start before it was less than ten seconds ago."""
    before = bisect_right(starts, at)
    return before > 0 and at - starts[before - 1] < AT_ONCE
