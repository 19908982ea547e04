"""What came back, from the wire to the ledger: written down, merged, and followed by what it calls for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from engine.events.effects import follow
from engine.events.machines import mark_machines
from engine.events.rates import watch
from engine.events.record import Known, batches, make_way, take_in
from engine.events.restart import lift
from engine.outbox.doubts import merge_outcomes, prove
from engine.vocabulary import Event

log = logging.getLogger("rekindle.events")


@dataclass(frozen=True)
class Recorded:
    """What a call of `record` did: how many events were new, told before, or about nobody we know.

    `proven` counts messages whose doubt is cleared up, `lifted` numbers that a START set free. `paused`
    names campaigns that were stopped because of complaints or filters, `warnings` says in sentences which
    come near it.
    """

    new: int = 0
    again: int = 0
    orphans: int = 0
    proven: int = 0
    lifted: int = 0
    warnings: tuple[str, ...] = ()
    paused: tuple[str, ...] = ()


def record(connection: Connection, events: Sequence[Event], now: datetime) -> Recorded:
    """Takes in events, in any order and however often each is told: the same events leave the same state."""
    new = again = orphans = proven = lifted = 0
    known: list[Known] = []
    make_way(connection, events)
    for batch in batches(events):
        taken = take_in(connection, batch, now)
        mark_machines(connection, taken.known)
        proven += prove(connection, taken.keys, now)
        merge_outcomes(connection, taken.keys)
        follow(connection, taken)
        lifted += lift(connection, taken)
        known += taken.known
        new, again, orphans = new + len(taken.known), again + taken.again, orphans + len(taken.orphans)
    watched = watch(connection, known, now)
    if new or orphans:
        log.info("events came back", extra={"new": new, "again": again, "orphans": orphans, "proven": proven})
    return Recorded(new, again, orphans, proven, lifted, watched.warnings, watched.paused)
