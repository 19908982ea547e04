"""T9, T10, T13, T14: what dead workers held, and doubts that have grown old."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, and_, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from engine.outbox import owner as owners
from engine.outbox.claim import expire
from engine.outbox.doubts import prove_told, repeat_or_give_up
from engine.outbox.intent import attempt
from engine.outbox.journal import Evidence
from engine.outbox.settle import Answer, Patience, close_attempts, settle, unsend
from engine.outbox.transitions import (
    LOSE,
    RECOVER,
    Claimed,
    Step,
    delivery,
    perform,
)
from engine.store.database import Database
from engine.vocabulary import Receipt, State, Verdict

log = logging.getLogger("rekindle.outbox")

#: How long a doubt may be cleared up by itself: SMTP gives the last answer ten minutes.
SETTLING = timedelta(minutes=10)
_HELD: ColumnElement[bool] = literal_column("delivery.state IN ('claimed', 'sending')")
_CHUNK = 1_000
_LOST = Receipt(Verdict.UNKNOWN, detail="worker_died")


def recover(
    database: Database,
    workers: Path,
    now: datetime,
    patience: Patience | None = None,
    but: str = "",
    ask: Callable[[], object] = lambda: None,
) -> int:
    """Takes over from every worker that is proven dead, and settles what grew old. Returns rows freed.

    `but` is the asker's own name. `ask` looks for evidence before a doubt is repeated or given up.
    """
    patience = patience or Patience()
    with database.read() as connection:
        names = connection.execute(select(delivery.c.owner).where(_HELD).distinct()).scalars().all()
    freed = sum(_take_over(database, name, workers, now, patience) for name in names if name != but)
    _tidy(database, workers, set(names) | {but})
    ask()
    with database.write() as connection:
        prove_told(connection, now)
        repeat_or_give_up(connection, now, now - SETTLING, patience.attempts)
        more = expire(connection, now)
    while more:
        with database.write() as connection:
            more = expire(connection, now)
    return freed


def _take_over(database: Database, name: str, workers: Path, now: datetime, patience: Patience) -> int:
    freed = 0
    with owners.proven_dead(name, workers, database) as evidence:
        while evidence is not None:
            with database.write() as connection:
                rows = _rows_of(connection, name)
                if not rows:
                    owners.bury(name, workers)
                    break
                _release(connection, rows, evidence, name, now, patience)
                freed += len(rows)
    if freed:
        log.warning("took over from a worker that died", extra={"owner": name, "rows": freed})
    return freed


def _rows_of(connection: Connection, name: str) -> list[tuple[State, Claimed]]:
    columns = [delivery.c[field] for field in Claimed._fields if field != "token"]
    open_attempt = and_(
        attempt.c.customer_id == delivery.c.customer_id,
        attempt.c.dedupe_key == delivery.c.dedupe_key,
        attempt.c.epoch == delivery.c.epoch,
    )
    rows = connection.execute(
        select(*columns, attempt.c.token, delivery.c.state)
        .outerjoin(attempt, open_attempt)
        .where(_HELD, delivery.c.owner == name)
        .limit(_CHUNK)
    ).all()
    return [(State(row.state), Claimed._make((*row[:-2], row.token or ""))) for row in rows]


def _release(
    connection: Connection,
    rows: Sequence[tuple[State, Claimed]],
    evidence: Evidence,
    name: str,
    now: datetime,
    patience: Patience,
) -> None:
    """Claimed rows wait again. Intended ones do so only if they provably never reached the wire; an
    answer in the journal is as good as one in the ledger; the others are in doubt."""
    claimed = [row for state, row in rows if state is State.CLAIMED]
    sending = [row for state, row in rows if state is State.SENDING]
    perform(connection, RECOVER, [Step(row.key, row.epoch, row.waits_as) for row in claimed], name, now)
    answered = [row for row in sending if row.token in evidence.answers]
    settle(connection, [Answer(row, evidence.answers[row.token]) for row in answered], name, now, patience)
    open_rows = [row for row in sending if row.token not in evidence.answers]
    unsend(connection, [row for row in open_rows if evidence.never_sent(row.token)], name, now)
    lost = [row for row in open_rows if not evidence.never_sent(row.token)]
    steps = [Step(row.key, row.epoch, State.UNKNOWN, _LOST.detail, spent=1) for row in lost]
    close_attempts(connection, [(row.token, _LOST) for row in lost], now)
    perform(connection, LOSE, steps, name, now)


def _tidy(database: Database, workers: Path, in_use: set[str]) -> None:
    """Files of workers that ended while they held nothing."""
    for name in owners.leftovers(workers):
        if name in in_use:
            continue
        with owners.proven_dead(name, workers, database) as evidence:
            if evidence is not None:
                owners.bury(name, workers)
