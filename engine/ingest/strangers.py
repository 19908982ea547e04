"""Customers that a history names before they are imported themselves."""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import exists, insert, select

from engine.ingest.kind import TEXT, WHOLE
from engine.ingest.stage import Stage
from engine.store.database import table
from engine.store.people import Customer

customers = table(Customer)
_BUCKETS = 2**31 - 1


def bucket(customer_id: str) -> int:
    """A number below 2^31 - 1 that stays with the customer on every machine: BLAKE2b of the id.

    Holdouts and splits are computed from it.
    """
    return int.from_bytes(blake2b(customer_id.encode(), digest_size=8).digest()) % _BUCKETS


def make_room(stage: Stage) -> int:
    """Creates the staged rows' customers that are not there yet, without an address; says how many."""
    known = exists().where(customers.c.customer_id == stage.c.customer_id)
    unknown = list(stage.connection.scalars(select(stage.c.customer_id).distinct().where(~known)))
    if unknown:
        with Stage(stage.connection, "strangers", {"customer_id": TEXT, "bucket": WHOLE}) as strangers:
            strangers.fill([unknown, [bucket(customer_id) for customer_id in unknown]])
            rows = select(strangers.c.customer_id, strangers.c.bucket).order_by(strangers.c.customer_id)
            stage.connection.execute(insert(customers).from_select(["customer_id", "bucket"], rows))
    return len(unknown)
