"""Events: dated facts about a customer."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import null

from engine.ingest.kind import KINDS, TEXT, WHOLE, Kind, Present
from engine.ingest.sheet import Sheet
from engine.ingest.source import as_text
from engine.ingest.stage import Stage, instant, merged, upsert
from engine.ingest.strangers import make_room
from engine.ingest.tally import Tally, Unreadable
from engine.store.database import table
from engine.store.history import CustomerEvent
from engine.text import single_line


@KINDS.register("events")
class Events(Kind):
    """One row an event, by its customer and `event_id`. `properties` is a JSON object, and further
    columns are properties too.
    """

    required = ("event_id", "customer_id", "event", "occurred_at")
    optional = ("properties",)
    further = "properties"
    staged = {"customer_id": TEXT, "event_id": TEXT, "event": TEXT, "occurred_at": WHOLE, "properties": TEXT}
    key = ("customer_id", "event_id")

    def read(self, sheet: Sheet) -> list[list[Any]]:
        sheet.required("occurred_at")
        columns: list[list[Any]] = [
            sheet.ids("customer_id"),
            sheet.ids("event_id"),
            sheet.required("event"),
            sheet.instants("occurred_at", self.reading.instants),
            self._properties(sheet),
        ]
        return sheet.settle(columns)

    def _properties(self, sheet: Sheet) -> list[str | None]:
        """The row's properties, noted; those of the JSON win over a column of the same name."""
        further = {name: sheet.texts(name) for name in sheet.others(Events.required + Events.optional)}
        if not sheet.has("properties"):
            return list(self.reading.notes.together(further)) if further else [None] * len(sheet)
        given = sheet.read("properties", read_object)
        rows = zip(*further.values(), strict=True) if further else ((),) * len(sheet)
        return [
            self.reading.notes.one({**dict(zip(further, row, strict=True)), **(own or {})})
            for row, own in zip(rows, given, strict=True)
        ]

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        tally.created += make_room(stage)
        values: dict[str, Any] = {name: stage.c[name] for name in self.staged}
        values["occurred_at"] = instant(stage.c.occurred_at)
        values["properties"] = merged(null(), stage.c.properties)
        upsert(stage, table(CustomerEvent), ["customer_id", "event_id"], values)


def read_object(text: str) -> dict[str, str]:
    """A JSON object's values as texts. Raises Unreadable."""
    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unreadable("is not a JSON object", text)
    texts = {single_line(name): single_line(as_text(value)) for name, value in found.items()}
    try:
        "".join([*texts, *texts.values()]).encode()
    except UnicodeEncodeError:
        raise Unreadable("holds half a character (a lone surrogate)", "") from None
    return texts
