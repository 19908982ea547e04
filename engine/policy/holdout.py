"""Holdouts: eligible customers deliberately not contacted, by a stable hash."""

from __future__ import annotations

from decimal import Decimal
from hashlib import blake2b

from sqlalchemy import BigInteger, ColumnElement, bindparam, false

_PRIME = 2**31 - 1
_PARTS = 10_000


def held_out(bucket: ColumnElement[int], name: str, percent: Decimal) -> ColumnElement[bool]:
    """Whether the customer with that bucket is in the holdout of that name.

    `((a * bucket + b) mod (2^31 - 1)) mod 10000 < percent * 100`, with a and b from the name's
    hash: portable, within 64 bits, and sticky, since a larger percentage only adds customers.
    """
    if not percent:
        return false()
    digest = int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "big")
    a, b = 1 + digest % (_PRIME - 1), (digest >> 64) % _PRIME
    number = BigInteger()
    mixed = (bindparam(None, a, number) * bucket + bindparam(None, b, number)) % bindparam(
        None, _PRIME, number
    )
    return mixed % bindparam(None, _PARTS, number) < int(percent * 100)
