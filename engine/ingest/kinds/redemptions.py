"""Codes that the shop's own system saw used."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from engine.ingest.kind import KINDS, TEXT, WHOLE, Kind, Present
from engine.ingest.redeem import code, redeem, spelt
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage, instant
from engine.ingest.tally import Tally


@KINDS.register("redemptions")
class Redemptions(Kind):
    """One row a use. A code that many share needs the customer; the same file twice changes nothing."""

    required = ("code", "redeemed_at")
    optional = ("customer_id", "order_id")
    staged = {"code": TEXT, "redeemed_at": WHOLE, "customer_id": TEXT}

    def read(self, sheet: Sheet) -> list[list[Any]]:
        sheet.required("redeemed_at")
        columns: list[list[Any]] = [
            sheet.required("code"),
            sheet.instants("redeemed_at", self.reading.instants),
            sheet.plain("customer_id"),
        ]
        return sheet.settle(columns)

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        redeem(stage, instant(stage.c.redeemed_at))
        ours = select(code.c.code).where(code.c.code.in_(spelt(stage))).exists()
        strange = stage.connection.scalar(select(func.count()).select_from(stage.table).where(~ours)) or 0
        if strange:
            tally.remarks["a code that was never given here, so nothing is noted"] += strange
