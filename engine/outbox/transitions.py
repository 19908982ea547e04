"""The named ways between the states of a delivery: nothing else changes one.

The numbers are those of docs/sending.md. Every way is a compare-and-swap; `held` ways also ask that
the row is still ours, by owner and by epoch: only the actor who holds the claim may finish.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    Integer,
    String,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.sql.elements import ColumnElement

from engine.store.campaigns import Enrollment
from engine.store.database import table
from engine.store.ledger import Delivery
from engine.store.types import Instant
from engine.vocabulary import SETTLED, EnrollmentState, State

log = logging.getLogger("rekindle.outbox")
delivery, enrollment = table(Delivery), table(Enrollment)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Transition:
    """One way: from any of `sources` to one of `targets`, and what it sets beside the state."""

    number: str
    name: str
    sources: tuple[State, ...]
    targets: tuple[State, ...]
    sets: tuple[str, ...] = ()
    held: bool = False


_BACK = (State.PLANNED, State.RETRY_WAIT)
#: `unresolved` stands for any of the others where an earlier attempt is in doubt: see `honest`.
_GATED = (State.SUPPRESSED, State.SKIPPED, State.EXPIRED, State.CANCELLED, State.UNRESOLVED, *_BACK)
_LET_GO = ("owner", "reason", "not_before", "settled_at")
_ANSWERED = (*_LET_GO, "attempts", "provider_id", "provider_code")

PLAN = Transition("T1", "plan", (), (State.PLANNED,))
CLAIM = Transition("T2", "claim", _BACK, (State.CLAIMED,), ("owner", "epoch"))
GATE = Transition("T3", "gate", (State.CLAIMED,), _GATED, _LET_GO, held=True)
EXPIRE = Transition("T3", "expire", _BACK, (State.EXPIRED, State.UNRESOLVED), ("reason", "settled_at"))
INTENT = Transition("T4", "intent", (State.CLAIMED,), (State.SENDING,), ("sent_at",), held=True)
ACCEPT = Transition("T5", "accept", (State.SENDING,), (State.ACCEPTED,), _ANSWERED, held=True)
REFUSE = Transition(
    "T6",
    "refuse",
    (State.SENDING,),
    (State.FAILED, State.SUPPRESSED, State.UNRESOLVED),
    _ANSWERED,
    held=True,
)
LATER = Transition(
    "T7",
    "later",
    (State.SENDING,),
    (State.RETRY_WAIT, State.FAILED, State.UNRESOLVED),
    _ANSWERED,
    held=True,
)
DOUBT = Transition("T8", "doubt", (State.SENDING,), (State.UNKNOWN,), _ANSWERED, held=True)
#: Known by its holder, or by a dead holder's journal, to have never reached the wire.
UNSENT = Transition("T9", "unsent", (State.SENDING,), _BACK, _LET_GO, held=True)
RECOVER = Transition("T9", "recover", (State.CLAIMED,), _BACK, ("owner",), held=True)
LOSE = Transition("T10", "lose", (State.SENDING,), (State.UNKNOWN,), _ANSWERED, held=True)
#: From `retry_wait` and `claimed` where it would be sent again because of a doubt, which is cleared up;
#: from `failed` where only a person had said so.
PROVE = Transition(
    "T11",
    "prove",
    (State.UNKNOWN, State.UNRESOLVED, State.RETRY_WAIT, State.CLAIMED, State.FAILED),
    (State.ACCEPTED,),
    ("provider_id", "settled_at", "reason", "owner"),
)
REPEAT = Transition("T13", "repeat", (State.UNKNOWN,), (State.RETRY_WAIT,), ("dup_risk", "not_before"))
GIVE_UP = Transition("T14", "give_up", (State.UNKNOWN,), (State.UNRESOLVED,), ("settled_at",))
#: A person's word that it did not go out; that it did is told as any evidence is (T11).
RESOLVE = Transition(
    "T14",
    "resolve",
    (State.UNRESOLVED,),
    (State.FAILED, State.RETRY_WAIT),
    ("reason", "settled_at", "dup_risk", "not_before"),
)
#: What waits in a store from a backup may have gone out since.
MISTRUST = Transition(
    "T14", "mistrust", (*_BACK, State.CLAIMED), (State.UNRESOLVED,), ("reason", "settled_at", "owner")
)
OUTCOME = Transition("T15", "outcome", (State.ACCEPTED,), (State.ACCEPTED,), ("outcome",))
CANCEL = Transition(
    "T16", "cancel", (*_BACK, State.CLAIMED), (State.CANCELLED,), ("reason", "settled_at", "owner")
)

TRANSITIONS = (
    PLAN, CLAIM, GATE, EXPIRE, INTENT, ACCEPT, REFUSE, LATER, DOUBT, UNSENT, RECOVER, LOSE, PROVE,
    REPEAT, GIVE_UP, RESOLVE, MISTRUST, OUTCOME, CANCEL,
)  # fmt: skip


class Claimed(NamedTuple):
    """A row of the ledger in our hands. `token` is its name outside, should it get so far."""

    customer_id: str
    dedupe_key: str
    delivery_id: str
    campaign: str
    version: str
    slot: str
    subject: str
    step: int
    channel: str
    template: str
    kind: str
    topic: str
    priority: int
    promise: str
    address: str
    epoch: int
    attempts: int
    not_before: datetime
    send_by: datetime | None
    dup_risk: bool
    offer_code: str | None
    token: str

    @property
    def key(self) -> Key:
        return (self.customer_id, self.dedupe_key)

    @property
    def waits_as(self) -> State:
        """Where the row goes when it is put back: it was tried before, or it was not."""
        return State.RETRY_WAIT if self.attempts else State.PLANNED


@dataclass(frozen=True, slots=True)
class Step:
    """What one held row becomes. None keeps what the row has; `spent` attempts are added."""

    key: Key
    epoch: int
    state: State
    reason: str | None = None
    not_before: datetime | None = None
    spent: int = 0
    provider_id: str | None = None
    code: str | None = None


#: The provider has none of these: so says the ledger, and so it must be.
NOT_SENT = (State.FAILED, State.SUPPRESSED, State.SKIPPED, State.EXPIRED, State.CANCELLED)


def honest(state: ColumnElement[str]) -> ColumnElement[str]:
    """The state, or `unresolved` where it would deny what an earlier attempt may have brought about.

    A row with `dup_risk` was in doubt once, and is tried again only because it is at_least_once.
    """
    denies = and_(delivery.c.dup_risk, or_(*(state == one.value for one in NOT_SENT)))
    return case((denies, State.UNRESOLVED.value), else_=state)


_STEP = (
    delivery.update()
    .where(
        delivery.c.customer_id == bindparam("b_customer"),
        delivery.c.dedupe_key == bindparam("b_key"),
        delivery.c.epoch == bindparam("b_epoch"),
        delivery.c.owner == bindparam("b_owner"),
        delivery.c.state == bindparam("b_from"),
    )
    .values(
        state=honest(bindparam("b_state", type_=String)),
        owner=None,
        reason=bindparam("b_reason", type_=String),
        not_before=func.coalesce(bindparam("b_not_before", type_=Instant), delivery.c.not_before),
        settled_at=bindparam("b_settled_at", type_=Instant),
        attempts=delivery.c.attempts + bindparam("b_spent", type_=Integer),
        provider_id=func.coalesce(bindparam("b_provider_id", type_=String), delivery.c.provider_id),
        provider_code=func.coalesce(bindparam("b_code", type_=String), delivery.c.provider_code),
    )
)


def perform(
    connection: Connection, transition: Transition, steps: Sequence[Step], owner: str, now: datetime
) -> int:
    """Takes rows that `owner` holds along a held way, and lets go of them. Returns how many went.

    A row that is no longer ours stays as it is: whoever fenced us decides about it.
    """
    if not steps:
        return 0
    wrong = {step.state for step in steps} - set(transition.targets)
    if wrong or not transition.held:
        raise ValueError(f"{transition.number} {transition.name} does not lead to {sorted(wrong)}")
    (source,) = transition.sources
    rows = [_row(step, owner, now, source) for step in sorted(steps, key=lambda step: step.key)]
    moved = connection.execute(_STEP, rows).rowcount
    finish_enrollments(connection, [step.key for step in steps if step.state in SETTLED], now)
    told(transition, moved, fenced=len(steps) - moved, owner=owner)
    return moved


def _row(step: Step, owner: str, now: datetime, source: State) -> dict[str, object]:
    return {
        "b_customer": step.key[0],
        "b_key": step.key[1],
        "b_epoch": step.epoch,
        "b_owner": owner,
        "b_from": source.value,
        "b_state": step.state.value,
        "b_reason": step.reason,
        "b_not_before": step.not_before,
        "b_settled_at": now if step.state in SETTLED else None,
        "b_spent": step.spent,
        "b_provider_id": step.provider_id,
        "b_code": step.code,
    }


#: By its whole key, row by row: what a join of the two tables costs depends on how full they were
#: when PostgreSQL last looked, and for a ledger that fills quickly that is wrong by orders.
_END = (
    enrollment.update()
    .where(
        enrollment.c.customer_id == bindparam("b_customer"),
        enrollment.c.campaign == bindparam("b_campaign"),
        enrollment.c.subject == bindparam("b_subject"),
        enrollment.c.slot == bindparam("b_slot"),
        enrollment.c.state == EnrollmentState.ACTIVE.value,
    )
    .values(state=EnrollmentState.FINISHED.value, ended_at=bindparam("b_now", type_=Instant))
)


def in_hand(keys: Sequence[Key]) -> ColumnElement[bool]:
    """The rows of these keys, found by the unique index: SQLite would read the whole ledger for pairs."""
    return delivery.c.dedupe_key.in_(sorted(dedupe_key for _, dedupe_key in keys))


def finish_enrollments(connection: Connection, keys: Sequence[Key], now: datetime) -> None:
    """Ends the passages whose last message has settled. Today every campaign has one message."""
    if not keys:
        return
    ended = select(delivery.c.customer_id, delivery.c.campaign, delivery.c.subject, delivery.c.slot).where(
        in_hand(keys), delivery.c.state.in_([state.value for state in SETTLED])
    )
    names = ("b_customer", "b_campaign", "b_subject", "b_slot", "b_now")
    passages = sorted(tuple(row) for row in connection.execute(ended))
    if passages:
        connection.execute(_END, [dict(zip(names, (*one, now), strict=True)) for one in passages])


def told(transition: Transition, rows: int, **more: object) -> None:
    """The one log line of a transition: figures and names, never an address."""
    if rows or more.get("fenced"):
        extra = {"transition": transition.name, "number": transition.number, "rows": rows, **more}
        log.info("%s %s: %d", transition.number, transition.name, rows, extra=extra)
