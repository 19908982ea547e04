"""Whom an operator means: by the shop's id, by an e-mail address, by a phone number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, or_, select

from engine.cycle import whom
from engine.cycle.choices import masked
from engine.policy.gates import customer
from engine.settings import Settings
from engine.store.database import Database
from engine.vocabulary import Channel

#: Nobody reads on beyond so many who share an address.
_MOST = 20


def address(settings: Settings, channel: Channel, text: str) -> str | None:
    """The address as the ledger is keyed by it; None for what is none.

    Stores hold addresses that came in by other ways than our own import: these are compared as they are.
    """
    if channel is Channel.EMAIL:
        from engine.ingest.emails import Emails  # with the tables of phone numbers these take their time

        return Emails().parse(text.strip()) or (text.strip().lower() if "@" in text else None)
    from engine.ingest.phones import Phones

    return Phones(settings.brand.country).parse(text.strip(), None)


def find(database: Database, settings: Settings, text: str) -> dict[str, Any]:
    """Those who have that id or address, and the ids that come near when nobody has; addresses masked."""
    text = text.strip()
    with database.read() as connection:
        found = [_shown(row) for row in _rows(connection, settings, text)] if text else []
        near = whom.nearest(connection, text) if text and not found else []
    return {"asked": text, "found": found, "near": near}


def _rows(connection: Connection, settings: Settings, text: str) -> Iterator[Any]:
    email, phone = (address(settings, channel, text) for channel in (Channel.EMAIL, Channel.SMS))
    wanted = [whom.is_text(customer.c.customer_id, text)]
    wanted += [customer.c.email_address == email] if email else []
    wanted += [customer.c.phone_address == phone] if phone else []
    yield from connection.execute(
        select(customer).where(or_(*wanted)).order_by(customer.c.customer_id).limit(_MOST)
    )


def _shown(row: Any) -> dict[str, Any]:
    return {
        "customer_id": row.customer_id,
        "name": " ".join(filter(None, (row.first_name, row.last_name))),
        "email": masked(row.email_address or ""),
        "phone": masked(row.phone_address or ""),
    }
