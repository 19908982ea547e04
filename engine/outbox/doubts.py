"""T11, T13, T14, T15: what came back about a message settles doubts; the others are repeated, or given up,
and then it is a person who decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql.elements import ColumnElement

from engine.outbox.intent import attempt
from engine.outbox.transitions import (
    GIVE_UP,
    MISTRUST,
    NOT_SENT,
    PROVE,
    REPEAT,
    RESOLVE,
    Key,
    delivery,
    enrollment,
    finish_enrollments,
    in_hand,
    told,
)
from engine.store.database import table
from engine.store.replies import ProviderEvent
from engine.vocabulary import OUTCOMES, EnrollmentState, Outcome, State, Verdict

reply = table(ProviderEvent)

#: The reason of what a person says did not go out: evidence to the contrary still counts.
DENIED = "said_not_sent"

_RANKS = {outcome: number for number, outcome in enumerate(Outcome)}
_SAME = and_(reply.c.customer_id == delivery.c.customer_id, reply.c.dedupe_key == delivery.c.dedupe_key)


def prove(connection: Connection, keys: Sequence[Key], now: datetime) -> int:
    """T11: whatever came back about a message in doubt proves that the provider has it.

    One that would be sent again because of a doubt is not: whoever claimed it finds it gone.
    """
    if not keys:
        return 0
    again = and_(delivery.c.state.in_([State.RETRY_WAIT.value, State.CLAIMED.value]), delivery.c.dup_risk)
    doubt = delivery.c.state.in_([State.UNKNOWN.value, State.UNRESOLVED.value])
    denied = and_(delivery.c.state == State.FAILED.value, delivery.c.reason == DENIED)
    return _prove(connection, and_(in_hand(keys), or_(doubt, again, denied)), now)


def prove_told(connection: Connection, now: datetime) -> int:
    """The same for doubts about which something came back before they were doubts."""
    return _prove(connection, and_(literal_column("state = 'unknown'"), exists().where(_SAME)), now)


def _prove(connection: Connection, which: ColumnElement[bool], now: datetime) -> int:
    proven = connection.execute(
        delivery.update()
        .where(which)
        .values(state=State.ACCEPTED.value, settled_at=now, reason=None, owner=None)
        .returning(delivery.c.customer_id, delivery.c.dedupe_key)
    ).all()
    keys = [(row.customer_id, row.dedupe_key) for row in proven]
    for start in range(0, len(keys), 1_000):
        finish_enrollments(connection, keys[start : start + 1_000], now)
    told(PROVE, len(keys))
    return len(keys)


def merge_outcomes(connection: Connection, keys: Sequence[Key]) -> None:
    """T15: the highest of all that came back and counts; so any order and any repetition is the same.

    A row that is still in a worker's hands has its outcome before its answer. The provider's id is
    the answer's; where that was lost, what came back tells it.
    """
    if not keys:
        return
    ranks = {kind.value: _RANKS[outcome] for kind, outcome in OUTCOMES.items()}
    highest = select(func.max(case(ranks, value=reply.c.kind))).where(_SAME, not_(reply.c.bot))
    names = {rank: outcome.value for outcome, rank in _RANKS.items()}
    answered = exists().where(
        attempt.c.customer_id == delivery.c.customer_id,
        attempt.c.dedupe_key == delivery.c.dedupe_key,
        attempt.c.verdict == Verdict.ACCEPTED.value,
    )
    smallest = select(func.min(reply.c.provider_id)).where(_SAME).scalar_subquery()
    connection.execute(
        delivery.update()
        .where(in_hand(keys), delivery.c.state.not_in([state.value for state in NOT_SENT]))
        .values(
            outcome=case(names, value=highest.scalar_subquery()),
            provider_id=case(
                (answered, delivery.c.provider_id), else_=func.coalesce(smallest, delivery.c.provider_id)
            ),
        )
    )


def repeat_or_give_up(
    connection: Connection, now: datetime, settled_before: datetime, limit: int
) -> tuple[int, int]:
    """T13 and T14: doubts older than the settling time are sent again, or left to a person."""
    # Written out, not bound, so that the partial index serves.
    old: tuple[ColumnElement[bool], ...] = (
        literal_column("state = 'unknown'"),
        delivery.c.sent_at <= settled_before,
    )
    again = (
        delivery.c.promise == "at_least_once",
        delivery.c.attempts < limit,
        or_(delivery.c.send_by.is_(None), delivery.c.send_by > now),
    )
    repeated = connection.execute(
        delivery.update()
        .where(*old, *again)
        .values(state=State.RETRY_WAIT.value, dup_risk=bindparam("risk", True, Boolean), not_before=now)
    ).rowcount
    rows = connection.execute(
        delivery.update()
        .where(*old)
        .values(state=State.UNRESOLVED.value, settled_at=now)
        .returning(delivery.c.customer_id, delivery.c.dedupe_key)
    ).all()
    for start in range(0, len(rows), 1_000):
        keys = [(row.customer_id, row.dedupe_key) for row in rows[start : start + 1_000]]
        finish_enrollments(connection, keys, now)
    told(REPEAT, repeated)
    told(GIVE_UP, len(rows))
    return repeated, len(rows)


def doubt_waiting(connection: Connection, now: datetime) -> tuple[int, int]:
    """T14 for a store from a backup: what waits in it may have gone out since.

    What is promised at most once is left to a person, the rest goes with the risk. Returns how many of each.
    """
    waits = delivery.c.state.in_([state.value for state in MISTRUST.sources])
    risk = delivery.update().where(waits, delivery.c.promise == "at_least_once")
    risky = connection.execute(risk.values(dup_risk=bindparam("risk", True, Boolean))).rowcount
    rows = connection.execute(
        delivery.update()
        .where(waits, delivery.c.promise != "at_least_once")
        .values(state=State.UNRESOLVED.value, reason="restored", settled_at=now, owner=None)
        .returning(delivery.c.customer_id, delivery.c.dedupe_key)
    ).all()
    for start in range(0, len(rows), 1_000):
        keys = [(row.customer_id, row.dedupe_key) for row in rows[start : start + 1_000]]
        finish_enrollments(connection, keys, now)
    told(MISTRUST, len(rows))
    return len(rows), risky


def deny(connection: Connection, keys: Sequence[Key], note: str, now: datetime) -> int:
    """T14: a person says that these did not go out. What is no longer unresolved stays as it is."""
    values = {"state": State.FAILED.value, "reason": DENIED, "settled_at": now}
    return _resolve(connection, keys, note, values)


def send_again(connection: Connection, keys: Sequence[Key], note: str, now: datetime) -> int:
    """T14: a person wants these sent, whether or not they went out. What is past its `send_by` stays."""
    values = {
        "state": State.RETRY_WAIT.value,
        "reason": None,
        "settled_at": None,
        "dup_risk": bindparam("risk", True, Boolean),
        "not_before": now,
    }
    in_time = or_(delivery.c.send_by.is_(None), delivery.c.send_by > now)
    return _resolve(connection, keys, note, values, in_time)


def _resolve(
    connection: Connection,
    keys: Sequence[Key],
    note: str,
    values: dict[str, Any],
    also: ColumnElement[bool] | None = None,
) -> int:
    """A compare-and-swap: evidence or another person may have been quicker."""
    if not keys:
        return 0
    open_ = delivery.c.state == State.UNRESOLVED.value
    which = and_(in_hand(keys), open_, also if also is not None else true())
    rows = connection.execute(
        delivery.update().where(which).values(values).returning(*_PASSAGE, delivery.c.dedupe_key)
    ).all()
    if not rows:
        return 0
    notes = [{"b_customer": one.customer_id, "b_key": one.dedupe_key, "b_note": note} for one in rows]
    connection.execute(_NOTE, notes)
    if values["state"] == State.RETRY_WAIT.value:
        names = ("b_customer", "b_campaign", "b_subject", "b_slot")
        connection.execute(_GOES_ON, [dict(zip(names, one, strict=False)) for one in sorted(rows)])
    told(RESOLVE, len(rows))
    return len(rows)


_PASSAGE = (delivery.c.customer_id, delivery.c.campaign, delivery.c.subject, delivery.c.slot)
_last = attempt.alias()
_NOTE = (
    attempt.update()
    .where(
        attempt.c.customer_id == bindparam("b_customer"),
        attempt.c.dedupe_key == bindparam("b_key"),
        attempt.c.epoch
        == select(func.max(_last.c.epoch))
        .where(_last.c.customer_id == bindparam("b_customer"), _last.c.dedupe_key == bindparam("b_key"))
        .scalar_subquery(),
    )
    .values(detail=func.coalesce(attempt.c.detail + "; ", "") + bindparam("b_note", type_=String))
)
#: Whose message waits again is inside again.
_GOES_ON = (
    enrollment.update()
    .where(
        enrollment.c.customer_id == bindparam("b_customer"),
        enrollment.c.campaign == bindparam("b_campaign"),
        enrollment.c.subject == bindparam("b_subject"),
        enrollment.c.slot == bindparam("b_slot"),
        enrollment.c.state == EnrollmentState.FINISHED.value,
    )
    .values(state=EnrollmentState.ACTIVE.value, ended_at=None)
)
