"""What is asked again of rows in hand, at the last moment: T3, and once more inside T4."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from engine.outbox import pauses
from engine.outbox.settle import drop, put_back
from engine.outbox.transitions import Claimed, Key
from engine.policy.recheck import Decision
from engine.vocabulary import State

#: `policy.recheck`, with the moment filled in.
Recheck = Callable[[Connection, Sequence[Key], datetime], Mapping[Key, Decision]]

#: A deferral without an end would be claimed again at once, and for ever.
_SOON = timedelta(minutes=1)


def ask(
    connection: Connection, rows: Sequence[Claimed], recheck: Recheck, owner: str, now: datetime
) -> list[Claimed]:
    """The rows that may still be sent. The others are settled, or wait again."""
    paused = pauses.scopes(connection)
    resting = [row for row in rows if pauses.covers(paused, row)]
    put_back(connection, resting, owner, now, reason="paused")
    asked = [row for row in rows if not pauses.covers(paused, row)]
    late = [row for row in asked if row.send_by is not None and row.send_by <= now]
    drop(connection, [(row, State.EXPIRED, "send_by") for row in late], owner, now)
    asked = [row for row in asked if row.send_by is None or row.send_by > now]
    decisions = recheck(connection, [row.key for row in asked], now)
    _act(connection, [(row, decisions[row.key]) for row in asked], owner, now)
    return [row for row in asked if decisions[row.key].allow]


def _act(
    connection: Connection, decided: Sequence[tuple[Claimed, Decision]], owner: str, now: datetime
) -> None:
    refused = [(row, decision) for row, decision in decided if not decision.allow]
    settled = [
        (row, decision.state, decision.reason) for row, decision in refused if decision.state is not None
    ]
    drop(connection, settled, owner, now)
    deferred: dict[tuple[str, datetime], list[Claimed]] = {}
    for row, decision in refused:
        if decision.state is None:
            until = max(decision.until or now, now + _SOON)
            deferred.setdefault((decision.reason, until), []).append(row)
    for (reason, until), some in deferred.items():
        put_back(connection, some, owner, now, reason, until)
