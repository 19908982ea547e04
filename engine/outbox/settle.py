"""T3 and T5 to T8: what becomes of rows in hand. Only who holds the claim may say so."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam

from engine.outbox.intent import attempt
from engine.outbox.transitions import (
    ACCEPT,
    DOUBT,
    GATE,
    LATER,
    REFUSE,
    UNSENT,
    Claimed,
    Step,
    Transition,
    perform,
)
from engine.store.suppressions import Reason, suppress
from engine.vocabulary import Receipt, State, Verdict


@dataclass(frozen=True, slots=True)
class Patience:
    """When a message that was refused for now is tried again, and how often.

    Greylisting lets a message in after some minutes; RFC 5321 wants it given up after four to five
    days, and eight tries with a threefold wait come near. `rest` is for a server that could not be
    reached; one that asks the whole channel to wait gets `first`.
    """

    attempts: int = 8
    first: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=24)
    rest: timedelta = timedelta(minutes=1)

    def next_try(self, attempts: int, now: datetime) -> datetime:
        """After that many attempts; up to a quarter later, so that they do not come all at once."""
        tripled: int = 3 ** max(attempts - 1, 0)
        return now + min(self.first * tripled, self.longest) * (1 + random.random() / 4)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one row that was on the wire."""

    row: Claimed
    receipt: Receipt


def put_back(
    connection: Connection,
    rows: Iterable[Claimed],
    owner: str,
    now: datetime,
    reason: str | None = None,
    until: datetime | None = None,
) -> int:
    """Claimed rows that will not be sent now: they wait again, with their attempts as they were."""
    steps = [Step(row.key, row.epoch, row.waits_as, reason=reason, not_before=until) for row in rows]
    return perform(connection, GATE, steps, owner, now)


def drop(
    connection: Connection,
    decided: Iterable[tuple[Claimed, State, str]],
    owner: str,
    now: datetime,
) -> int:
    """Claimed rows that are not to be sent at all, each with its state and reason."""
    steps = [Step(row.key, row.epoch, state, reason=reason) for row, state, reason in decided]
    return perform(connection, GATE, steps, owner, now)


def unsend(connection: Connection, rows: Sequence[Claimed], owner: str, now: datetime) -> int:
    """Intended rows whose first byte was never written: back to waiting, attempts as they were."""
    close_attempts(connection, [(row.token, Receipt(Verdict.LATER, code="unsent")) for row in rows], now)
    steps = [Step(row.key, row.epoch, row.waits_as) for row in rows]
    return perform(connection, UNSENT, steps, owner, now)


def settle(
    connection: Connection,
    answers: Sequence[Answer],
    owner: str,
    now: datetime,
    patience: Patience | None = None,
) -> int:
    """Writes down what the provider said. Late answers of fenced rows only close their attempt."""
    patience = patience or Patience()
    ways: dict[str, tuple[Transition, list[Step]]] = {}
    for answer in answers:
        transition, step = decide(answer, now, patience)
        ways.setdefault(transition.name, (transition, []))[1].append(step)
    close_attempts(connection, [(answer.row.token, answer.receipt) for answer in answers], now)
    _suppress(connection, [one for one in answers if one.receipt.bad_address or one.receipt.opted_out], now)
    return sum(perform(connection, transition, steps, owner, now) for transition, steps in ways.values())


def decide(answer: Answer, now: datetime, patience: Patience) -> tuple[Transition, Step]:
    """The way of one answer through the ledger."""
    row, receipt = answer.row, answer.receipt
    code = receipt.code or None

    def step(state: State, reason: str | None, spent: int = 1, until: datetime | None = None) -> Step:
        given = receipt.provider_id or None
        return Step(row.key, row.epoch, state, reason, until, spent, given, code)

    match receipt.verdict:
        case Verdict.ACCEPTED:
            return ACCEPT, step(State.ACCEPTED, None)
        case Verdict.REFUSED if receipt.opted_out:
            return REFUSE, step(State.SUPPRESSED, "opted_out")
        case Verdict.REFUSED:
            reason = "invalid_address" if receipt.bad_address else receipt.detail or "refused"
            return REFUSE, step(State.FAILED, reason)
        case Verdict.UNKNOWN:
            return DOUBT, step(State.UNKNOWN, receipt.detail or "answer_lost")
        case Verdict.HALT:
            return LATER, step(State.RETRY_WAIT, "channel_halted", spent=0)
    if receipt.until is not None or receipt.channel_wide:
        until = receipt.until or now + (patience.first if receipt.code.startswith("4") else patience.rest)
        return LATER, step(State.RETRY_WAIT, receipt.code or None, spent=0, until=until)
    if row.attempts + 1 >= patience.attempts:
        return LATER, step(State.FAILED, "exhausted")
    return LATER, step(State.RETRY_WAIT, receipt.code or None, until=patience.next_try(row.attempts + 1, now))


_CLOSE = (
    attempt.update()
    .where(attempt.c.token == bindparam("b_token"))
    .values(
        ended_at=bindparam("b_now"),
        verdict=bindparam("b_verdict"),
        provider_id=bindparam("b_provider_id"),
        code=bindparam("b_code"),
        detail=bindparam("b_detail"),
    )
)


def close_attempts(connection: Connection, said: Sequence[tuple[str, Receipt]], now: datetime) -> None:
    """Writes each answer to the attempt of its token, whoever holds the row by now."""
    if not said:
        return
    rows = [
        {
            "b_token": token,
            "b_now": now,
            "b_verdict": receipt.verdict.value,
            "b_provider_id": receipt.provider_id or None,
            "b_code": receipt.code or None,
            "b_detail": receipt.detail or None,
        }
        for token, receipt in sorted(said, key=lambda one: one[0])
    ]
    connection.execute(_CLOSE, rows)


def _suppress(connection: Connection, answers: Sequence[Answer], now: datetime) -> None:
    """An address that does not exist, or that said STOP to the provider, is not used again, by anybody."""
    reasons = ("invalid_address", "opted_out")
    suppress(
        connection,
        [
            Reason(one.row.channel, one.row.address, reasons[one.receipt.opted_out], now, "provider")
            for one in answers
        ],
    )
