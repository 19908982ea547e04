"""Suppressions: addresses that must not be used, whoever asks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from engine.ingest.kind import KINDS, TEXT, WHOLE, Kind, Present
from engine.ingest.memo import Memo
from engine.ingest.people import read_channel
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage, instant
from engine.ingest.tally import Tally
from engine.store.database import table
from engine.store.people import Suppression
from engine.vocabulary import Channel

_suppressions = table(Suppression)


@KINDS.register("suppressions")
class Suppressions(Kind):
    """One row an address, in `address`, `email` or `phone`. One that is suppressed already stays as it is.

    Without a `channel` an address with @ is an e-mail address and any other a phone number.
    """

    required = ()
    any_of = ("address", "email", "phone")
    optional = ("channel", "reason", "at", "source")
    staged = {"channel": TEXT, "address": TEXT, "reason": TEXT, "at": WHOLE, "source": TEXT}
    key = ("channel", "address")

    def read(self, sheet: Sheet) -> list[list[Any]]:
        given = [sheet.texts(name) for name in self.any_of]
        texts = [next((text for text in row if text), "") for row in zip(*given, strict=True)]
        channels = [
            channel or str(Channel.EMAIL if "@" in text else Channel.SMS)
            for channel, text in zip(
                sheet.read("channel", Memo(read_channel).__getitem__), texts, strict=True
            )
        ]
        moments = sheet.instants("at", self.reading.instants)
        columns = [
            channels,
            [self._address(sheet, *row) for row in zip(range(len(sheet)), channels, texts, strict=True)],
            sheet.plain("reason", "manual"),
            [self.reading.now if at is None else at for at in moments],
            sheet.plain("source", "import"),
        ]
        return sheet.settle(columns)

    def _address(self, sheet: Sheet, index: int, channel: str, text: str) -> str:
        email = channel == Channel.EMAIL
        address = self.reading.emails.parse(text) if email else self.reading.phones.parse(text, None)
        if not address:
            what = "is no address" if not text else f"is no {'e-mail address' if email else 'phone number'}"
            sheet.drop(
                index, f"address {text[:60]!r} {what}" if text else "address is empty", f"address {what}"
            )
        return address or ""

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        there = (_suppressions.c.channel == stage.c.channel) & (_suppressions.c.address == stage.c.address)
        values: dict[str, Any] = {name: stage.c[name] for name in self.staged}
        values["at"] = instant(stage.c.at)
        new = select(*(value.label(name) for name, value in values.items())).where(
            ~select(_suppressions.c.address).where(there).exists()
        )
        stage.connection.execute(insert(_suppressions).from_select(list(values), new))
