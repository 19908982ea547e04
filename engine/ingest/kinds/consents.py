"""Consents: a recorded yes or no to a channel, or to one topic of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from engine.ingest.agreed import record_consents
from engine.ingest.kind import KINDS, TEXT, WHOLE, Kind, Present
from engine.ingest.memo import Memo
from engine.ingest.people import ALWAYS_MILLIS, read_channel, read_consent
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage, instant
from engine.ingest.strangers import make_room
from engine.ingest.tally import Tally


@KINDS.register("consents")
class Consents(Kind):
    """One row a yes or no. Without `at` nobody knows since when: it was always so."""

    required = ("customer_id", "channel", "status")
    optional = ("topic", "at", "source")
    staged = {
        "customer_id": TEXT,
        "channel": TEXT,
        "topic": TEXT,
        "at": WHOLE,
        "status": TEXT,
        "source": TEXT,
    }
    key = ("customer_id", "channel", "topic", "at")

    def read(self, sheet: Sheet) -> list[list[Any]]:
        channels, statuses = sheet.required("channel"), sheet.required("status")
        moments = sheet.instants("at", self.reading.instants)
        columns = [
            sheet.ids("customer_id"),
            sheet.read("channel", Memo(read_channel).__getitem__, channels),
            sheet.short("topic"),
            [ALWAYS_MILLIS if at is None else at for at in moments],
            sheet.read("status", Memo(read_consent).__getitem__, statuses),
            sheet.plain("source", "import"),
        ]
        return sheet.settle(columns)

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        tally.created += make_room(stage)
        plain = [stage.c[name] for name in ("customer_id", "channel", "topic", "status", "source")]
        at_once = func.row_number().over(
            partition_by=[stage.c.customer_id, stage.c.channel, stage.c.at], order_by=stage.c.row
        )
        rows = select(*plain, instant(stage.c.at).label("at"), (at_once - 1).label("seq"))
        record_consents(stage.connection, rows)
