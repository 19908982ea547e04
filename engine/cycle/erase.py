"""Forgetting a customer: what the shop told us goes, the ledger's rows stay and name nobody.

So totals stay true. An address that was used leaves a keyed hash among the suppressions: a file that
still has it brings back the customer, and nobody writes to the address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, and_, delete, exists, insert, or_, select, text

from engine.errors import TryAgain
from engine.outbox.cancel import cancel
from engine.store.campaigns import Enrollment
from engine.store.database import table
from engine.store.forgotten import MARK, hashed, key
from engine.store.history import CustomerEvent, Order, OrderLine, Subscription
from engine.store.ledger import Attempt, Delivery
from engine.store.outcomes import Outcome
from engine.store.people import Consent, Customer, CustomerTag
from engine.store.replies import Code, ProviderEvent
from engine.store.suppressions import Reason, suppress, suppression
from engine.vocabulary import Channel, State

customer, delivery, enrollment = table(Customer), table(Delivery), table(Enrollment)
#: What the shop told us, which goes, and what we did, which stays and names nobody.
SHOPS = (CustomerTag, Consent, CustomerEvent, Subscription, OrderLine, Order, Customer)
LEDGER = (Enrollment, Delivery, Attempt, ProviderEvent, Code, Outcome)
_IN_ORDER = "LOCK TABLE pause, consent, suppression IN ROW EXCLUSIVE MODE"
#: A reason of our own; a provider's words may name the address.
_OWN = re.compile(r"[a-z_]+\Z")

Change = Callable[[dict[str, Any]], dict[str, Any]]


def erase(connection: Connection, row: Any, now: datetime) -> dict[str, int]:
    """Forgets the customer of that row. Returns how much was deleted, cancelled and made nameless.

    Raises TryAgain while a message to them is on the wire.
    """
    mine = delivery.c.customer_id == row.customer_id
    _alone(connection, row.customer_id)
    cancelled = cancel(connection, mine, "erased", now)
    places = _addresses(connection, row)
    hashes = _suppress(connection, row.customer_id, places, now)
    nameless = _rename(connection, row.customer_id, hashes)
    deleted = 0
    for model in SHOPS:
        rows = table(model)
        deleted += connection.execute(delete(rows).where(rows.c.customer_id == row.customer_id)).rowcount
    return {"deleted": deleted, "cancelled": cancelled, "nameless": nameless, "suppressed": len(hashes)}


def _alone(connection: Connection, customer_id: str) -> None:
    """Nobody intends a message to them from here to the commit. Raises TryAgain where one is going out."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_IN_ORDER))
        mine = select(customer.c.customer_id).where(customer.c.customer_id == customer_id)
        connection.execute(mine.with_for_update()).all()
    going = and_(delivery.c.customer_id == customer_id, delivery.c.state == State.SENDING.value)
    if connection.execute(select(delivery.c.dedupe_key).where(going).limit(1)).first():
        raise TryAgain(f"a message to {customer_id!r} is on its way at this moment; try again in a minute")


def _addresses(connection: Connection, row: Any) -> set[tuple[str, str]]:
    """Every address that they have, or that was written to for them."""
    own = {(Channel.EMAIL.value, row.email_address), (Channel.SMS.value, row.phone_address)}
    used = select(delivery.c.channel, delivery.c.address).where(delivery.c.customer_id == row.customer_id)
    found = own | {(one.channel, one.address) for one in connection.execute(used.distinct())}
    return {(channel, address) for channel, address in found if address and not address.startswith(MARK)}


def _suppress(
    connection: Connection, customer_id: str, places: set[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], str]:
    """A hash for each address, with the reason that stood there; the address itself goes with its owner."""
    secret = key(connection)
    hashes = {place: hashed(secret, *place) for place in places}
    for (channel, address), sign in sorted(hashes.items()):
        stands = and_(suppression.c.channel == channel, suppression.c.address == address)
        there = connection.execute(select(suppression).where(stands)).first()
        told = (there.reason, there.at, there.source) if there else ("erased", now, "erase")
        suppress(connection, [Reason(channel, sign, *told)])
        other = customer.c.customer_id != customer_id
        has = or_(customer.c.email_address == address, customer.c.phone_address == address)
        connection.execute(delete(suppression).where(stands, ~exists().where(other, has)))
    return hashes


def _rename(connection: Connection, customer_id: str, hashes: dict[tuple[str, str], str]) -> int:
    """Gives the ledger's rows to nobody. Deleted and written anew: a shard's key cannot be changed."""
    nobody, by_address = (
        f"erased-{uuid4().hex[:16]}",
        {address: sign for (_, address), sign in hashes.items()},
    )
    keys = _new_keys(connection, customer_id)
    things: dict[str, str] = {"": ""}

    def change(row: dict[str, Any]) -> dict[str, Any]:
        new = {**row, "customer_id": nobody}
        if row.get("dedupe_key"):
            new["dedupe_key"] = keys.get(row["dedupe_key"], row["dedupe_key"])
        if "address" in row:
            new["address"] = by_address.get(row["address"], MARK if row["address"] else "")
        if "subject" in row:
            new["subject"] = things.setdefault(row["subject"], str(len(things)))
        new |= {name: None for name in ("detail",) if name in row}
        if row.get("reason") and not _OWN.match(row["reason"]):
            new["reason"] = "refused"
        return new

    return sum(_given(connection, table(model), customer_id, change) for model in LEDGER)


def _new_keys(connection: Connection, customer_id: str) -> dict[str, str]:
    """For each delivery a key without its address."""
    rows = select(delivery.c.dedupe_key, delivery.c.delivery_id).where(delivery.c.customer_id == customer_id)
    return {row.dedupe_key: f"erased|{row.delivery_id}" for row in connection.execute(rows)}


def _given(connection: Connection, rows: Table, customer_id: str, change: Change) -> int:
    mine = rows.c.customer_id == customer_id
    found = [change(dict(row)) for row in connection.execute(select(rows).where(mine)).mappings()]
    connection.execute(delete(rows).where(mine))
    if found:
        connection.execute(insert(rows), found)
    return len(found)
