"""Whoever was erased is not written to again because the shop's own file still names them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from engine.ingest.kind import Present
from engine.ingest.stage import Stage
from engine.ingest.tally import Tally
from engine.store.forgotten import any_forgotten, keep_suppressed
from engine.vocabulary import Channel

_ADDRESSES = {"email": (Channel.EMAIL, "email_address"), "phone": (Channel.SMS, "phone_address")}


def suppress_erased(stage: Stage, present: Present, tally: Tally) -> None:
    """Suppresses the staged addresses that were erased once."""
    columns = [where for name, where in _ADDRESSES.items() if name in present]
    if not columns or not any_forgotten(stage.connection):
        return
    for channel, column in columns:
        with stage.turn:
            again = keep_suppressed(stage.connection, channel.value, _staged(stage, column))
        if again:
            tally.remarks[f"an erased {channel.value} address came in again; it stays suppressed"] += again


def _staged(stage: Stage, column: str) -> Iterator[str]:
    rows = select(stage.c[column]).where(stage.c[column].is_not(None)).distinct()
    yield from stage.connection.execute(rows).scalars().all()
