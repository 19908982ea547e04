"""Customers that a history names before they are imported themselves."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from struct import unpack

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
    return buckets([customer_id])[0]


def buckets(ids: Sequence[str]) -> list[int]:
    """The bucket of each."""
    digests = b"".join([blake2b(id_.encode(), digest_size=8).digest() for id_ in ids])
    return [number % _BUCKETS for number in unpack(f">{len(ids)}Q", digests)]


def make_room(stage: Stage) -> int:
    """Creates the staged rows' customers that are not there yet, without an address; says how many."""
    known = exists().where(customers.c.customer_id == stage.c.customer_id)
    unknown = stage.connection.scalars(select(stage.c.customer_id).distinct().where(~known))
    first = unknown.fetchmany(1)
    if not first:
        return 0
    with stage.turn:
        return _create(stage, [*first, *unknown])


def _create(stage: Stage, ids: list[str]) -> int:
    with Stage(stage.connection, "strangers", {"customer_id": TEXT, "bucket": WHOLE}) as strangers:
        strangers.fill([ids, buckets(ids)])
        rows = select(strangers.c.customer_id, strangers.c.bucket).order_by(strangers.c.customer_id)
        stage.connection.execute(insert(customers).from_select(["customer_id", "bucket"], rows))
    return len(ids)
