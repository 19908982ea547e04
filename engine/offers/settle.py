"""What became of codes, told by the ledger: sent with their message, or given back with it."""

from __future__ import annotations

from sqlalchemy import Connection, and_, select

from engine.offers.reserve import delivery
from engine.offers.stock import RETURNED, code
from engine.vocabulary import State

#: Nobody has seen the code of such a message.
_NEVER_SENT = (State.FAILED, State.SUPPRESSED, State.SKIPPED, State.EXPIRED, State.CANCELLED)


def settle(connection: Connection) -> tuple[int, int]:
    """Issues the codes of messages that were accepted, and takes back those of messages that never went.

    Of a message in doubt the code stays reserved. Returns how many of each. Safe to repeat.
    """
    its = and_(delivery.c.customer_id == code.c.customer_id, delivery.c.dedupe_key == code.c.dedupe_key)
    accepted = delivery.c.state == State.ACCEPTED.value
    at = select(delivery.c.settled_at).where(its).scalar_subquery()
    sent = select(delivery.c.state).where(its, accepted).exists()
    issued = connection.execute(
        code.update().where(code.c.state == "reserved", sent).values(state="issued", issued_at=at)
    )
    never = delivery.c.state.in_([state.value for state in _NEVER_SENT])
    gone = select(delivery.c.state).where(its, never).exists()
    back = connection.execute(code.update().where(code.c.state == "reserved", gone).values(state=RETURNED))
    return issued.rowcount, back.rowcount
