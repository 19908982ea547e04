"""Orders, of any status; amounts may be negative."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, update

from engine.ingest.kind import KINDS, TEXT, WHOLE, Kind, Present
from engine.ingest.memo import Memo
from engine.ingest.reading import Reading
from engine.ingest.redeem import any_code, redeem
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage, add, any_match, instant, upsert
from engine.ingest.strangers import make_room
from engine.ingest.tally import Tally
from engine.store.database import table
from engine.store.history import Order, OrderLine

_orders = table(Order)
_lines = table(OrderLine)


@KINDS.register("orders")
class Orders(Kind):
    """One row an order, by its `order_id`. One that comes again under another customer moves there."""

    required = ("order_id", "customer_id", "ordered_at", "amount")
    optional = ("currency", "status", "code")
    staged = {
        "customer_id": TEXT, "order_id": TEXT, "ordered_at": WHOLE, "amount": WHOLE, "currency": TEXT,
        "status": TEXT, "code": TEXT,
    }  # fmt: skip
    key = ("order_id",)

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self.statuses = Memo(str.lower)

    def read(self, sheet: Sheet) -> list[list[Any]]:
        sheet.required("ordered_at")
        sheet.required("amount")
        currencies = self.reading.currencies(sheet)
        columns: list[list[Any]] = [
            sheet.ids("customer_id"),
            sheet.ids("order_id"),
            sheet.instants("ordered_at", self.reading.instants),
            self.reading.money(sheet, "amount", currencies),
            currencies,
            list(map(self.statuses.__getitem__, sheet.plain("status", "completed"))),
            sheet.plain("code"),
        ]
        return sheet.settle(columns)

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        tally.created += make_room(stage)
        values = {name: stage.c[name] for name in self.staged} | {"ordered_at": instant(stage.c.ordered_at)}
        if any_match(stage, _orders, "order_id"):
            _follow(stage, _orders)
            upsert(stage, _orders, ["customer_id", "order_id"], values)
        else:
            add(stage, _orders, values)
        _follow(stage, _lines)
        if "code" in present and any_code(stage):
            redeem(stage, values["ordered_at"], stage.c.status == "completed")


def _follow(stage: Stage, rows: Table) -> None:
    """What is an order's belongs to its customer: what is another's moves, and so do lines that waited."""
    elsewhere = (rows.c.order_id == stage.c.order_id) & (rows.c.customer_id != stage.c.customer_id)
    stage.connection.execute(update(rows).values(customer_id=stage.c.customer_id).where(elsewhere))
