"""Addresses that were erased: known again when they come back, and by nobody who only has the table.

A suppression of an erased address has its keyed hash in place of the address, behind a `#` that no
address begins with. The key is this installation's and never leaves its store.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, select
from sqlalchemy.sql.elements import ColumnElement

from engine.store.facts import remember
from engine.store.suppressions import Reason, suppress, suppression

MARK = "#"
#: The fact that holds the key. Hashes must be found again for ever, so it never changes.
KEY = "suppression_key"
_AT_ONCE = 1_000


def key(connection: Connection) -> bytes:
    """This installation's key, made the first time that it is asked for."""
    return remember(connection, KEY, lambda: secrets.token_urlsafe(48)).encode()


def hashed(secret: bytes, channel: str, address: str) -> str:
    """What stands for the address."""
    return MARK + hmac.digest(secret, f"{channel}|{address}".encode(), hashlib.sha256).hex()


def is_hashed() -> ColumnElement[bool]:
    """Suppressions that stand for an erased address."""
    return and_(suppression.c.address >= MARK, suppression.c.address < chr(ord(MARK) + 1))


def any_forgotten(connection: Connection) -> bool:
    """Whether anybody was ever erased."""
    return connection.execute(select(suppression.c.channel).where(is_hashed()).limit(1)).first() is not None


def keep_suppressed(connection: Connection, channel: str, addresses: Iterable[str]) -> int:
    """Suppresses those of the addresses that were erased once. Returns how many there were."""
    secret, found, batch = key(connection), 0, dict[str, str]()
    for address in addresses:
        batch[hashed(secret, channel, address)] = address
        if len(batch) == _AT_ONCE:
            found += _suppress_again(connection, channel, batch)
            batch = {}
    return found + _suppress_again(connection, channel, batch)


def _suppress_again(connection: Connection, channel: str, batch: dict[str, str]) -> int:
    about = and_(suppression.c.channel == channel, suppression.c.address.in_(list(batch)))
    rows: Sequence[Any] = connection.execute(select(suppression).where(about)).all() if batch else []
    suppress(
        connection, [Reason(channel, batch[row.address], row.reason, row.at, row.source) for row in rows]
    )
    return len(rows)
