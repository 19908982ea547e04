"""What the provider is known to have taken: an answer, or something that came back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_, union

from engine.cycle.doctor.invariant import attempt, delivery, named, of_delivery
from engine.store.database import table
from engine.store.replies import ProviderEvent
from engine.vocabulary import Verdict

reply = table(ProviderEvent)


def answered() -> ColumnElement[bool]:
    """Whether an attempt at the delivery was accepted."""
    yes = and_(of_delivery(), attempt.c.verdict == Verdict.ACCEPTED.value)
    return select(literal(1)).where(yes).exists()


def told() -> ColumnElement[bool]:
    """Whether anything came back about it: whatever it was, the provider has it."""
    about = reply.c.dedupe_key == delivery.c.dedupe_key
    return select(literal(1)).where(about, reply.c.customer_id == delivery.c.customer_id).exists()


def more_than_once() -> Select[Any]:
    """Deliveries of which two attempts or more were taken, by the answers or by what came back.

    Only those with two attempts are looked at, which are few.
    """
    key = (attempt.c.customer_id, attempt.c.dedupe_key)
    several = select(*key).group_by(*key).having(func.count() > 1).subquery()
    again = and_(attempt.c.customer_id == several.c.customer_id, attempt.c.dedupe_key == several.c.dedupe_key)
    answers = select(*key, attempt.c.token).join_from(several, attempt, again)
    about = and_(reply.c.customer_id == several.c.customer_id, reply.c.dedupe_key == several.c.dedupe_key)
    replies = select(reply.c.customer_id, reply.c.dedupe_key, reply.c.token).join_from(several, reply, about)
    taken = union(
        answers.where(attempt.c.verdict == Verdict.ACCEPTED.value), replies.where(reply.c.token != "")
    ).subquery()
    by = (taken.c.customer_id, taken.c.dedupe_key)
    twice = select(*by).group_by(*by).having(func.count() > 1)
    return named(delivery.c.promise).where(tuple_(delivery.c.customer_id, delivery.c.dedupe_key).in_(twice))
