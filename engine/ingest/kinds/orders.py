"""Orders, of any status; amounts may be negative."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, select, update

from engine.ingest.kind import KINDS, TEXT, WHOLE, Kind
from engine.ingest.sheet import Sheet, last_of_each
from engine.ingest.stage import Stage, instant, upsert
from engine.ingest.strangers import make_room
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

    def read(self, sheet: Sheet) -> list[list[Any]]:
        sheet.required("ordered_at")
        sheet.required("amount")
        currencies = self.reading.currencies(sheet)
        columns: list[list[Any]] = [
            sheet.required("customer_id"),
            sheet.required("order_id"),
            sheet.instants("ordered_at", self.reading.instants),
            self.reading.money(sheet, "amount", currencies),
            currencies,
            [status.lower() for status in sheet.plain("status", "completed")],
            sheet.plain("code"),
        ]
        return last_of_each(sheet.settle(columns), 1)

    def store(self, stage: Stage, sheet: Sheet) -> None:
        sheet.tally.created += make_room(stage)
        _leave_old_customers(stage)
        values = {name: stage.c[name] for name in self.staged}
        upsert(
            stage, _orders, ["customer_id", "order_id"], values | {"ordered_at": instant(stage.c.ordered_at)}
        )
        _take_lines_along(stage)


def _leave_old_customers(stage: Stage) -> None:
    """An order belongs to one customer: where it was another's, that row goes."""
    elsewhere = select(
        _orders.c.customer_id.label("old_customer"), _orders.c.order_id.label("old_order")
    ).select_from(stage.table.join(_orders, _orders.c.order_id == stage.c.order_id))
    rows = (
        stage.connection.execute(elsewhere.where(_orders.c.customer_id != stage.c.customer_id))
        .mappings()
        .all()
    )
    if rows:
        old = (_orders.c.customer_id == bindparam("old_customer")) & (
            _orders.c.order_id == bindparam("old_order")
        )
        stage.connection.execute(delete(_orders).where(old), [dict(row) for row in rows])


def _take_lines_along(stage: Stage) -> None:
    """Lines that waited for their order, or belonged to its old customer, follow it."""
    elsewhere = (
        select(stage.c.customer_id.label("new_customer"), stage.c.order_id.label("the_order"))
        .distinct()
        .select_from(stage.table.join(_lines, _lines.c.order_id == stage.c.order_id))
        .where(_lines.c.customer_id != stage.c.customer_id)
    )
    rows = stage.connection.execute(elsewhere).mappings().all()
    if rows:
        theirs = _lines.c.order_id == bindparam("the_order")
        moved = update(_lines).where(theirs).values(customer_id=bindparam("new_customer"))
        stage.connection.execute(moved, [dict(row) for row in rows])
