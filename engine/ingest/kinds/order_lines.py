"""Order lines: what was in an order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN
from hashlib import blake2b
from typing import Any

from sqlalchemy import func

from engine.ingest.amounts import LARGEST, read_decimal, read_number
from engine.ingest.kind import KINDS, QUANTITY, SMALL, TEXT, WHOLE, Kind, Present
from engine.ingest.memo import Memo
from engine.ingest.ordinals import Ordinals
from engine.ingest.reading import Reading
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage, add, any_match, upsert
from engine.ingest.tally import Tally
from engine.store.database import table
from engine.store.history import Order, OrderLine

_orders = table(Order)
_lines = table(OrderLine)


@KINDS.register("order_lines")
class OrderLines(Kind):
    """One row a line. A line has no id of its own: it is its order, its content, and its ordinal among
    equal lines of that order in the file, so that the same file twice changes nothing.

    Amounts are of the brand's currency unless a `currency` column says otherwise. A line whose
    order is not there yet waits for it under no customer.
    """

    required = ("order_id",)
    any_of = ("sku", "category")
    optional = ("quantity", "unit_price", "amount", "currency")
    staged = {
        "order_id": TEXT, "line_key": TEXT, "ordinal": SMALL, "sku": TEXT, "category": TEXT,
        "quantity": QUANTITY, "unit_price": WHOLE, "amount": WHOLE,
    }  # fmt: skip

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self.ordinals = Ordinals()
        self._products: dict[tuple[str, str, str], int] = {}

    def read(self, sheet: Sheet) -> list[list[Any]]:
        orders, categories = sheet.ids("order_id"), sheet.plain("category")
        skus = [sku or None for sku in sheet.whole("sku")]
        for index, (sku, category) in enumerate(zip(skus, categories, strict=True)):
            if not sku and not category:
                sheet.drop(index, "sku and category are both empty")
        currencies = self.reading.currencies(sheet)
        quantities = sheet.read("quantity", read_number)
        prices = self.reading.money(sheet, "unit_price", currencies)
        amounts = self._amounts(sheet, quantities, prices, currencies)
        columns = sheet.settle([orders, skus, categories, quantities, prices, amounts])
        lines = zip(*columns[:-1], strict=True)
        keys = [blake2b(repr(line).encode(), digest_size=16).hexdigest() for line in lines]
        return [columns[0], keys, self.ordinals.of(keys), *columns[1:]]

    def _amounts(
        self, sheet: Sheet, quantities: Sequence[Any], prices: Sequence[Any], currencies: list[str]
    ) -> list[int]:
        """As given, else quantity times unit price, else 0."""
        amounts = self.reading.money(sheet, "amount", currencies)
        texts = zip(sheet.texts("quantity"), sheet.texts("unit_price"), currencies, strict=True)
        for index, (amount, quantity, price, line) in enumerate(
            zip(amounts, quantities, prices, texts, strict=True)
        ):
            if amount is None and quantity is not None and price is not None:
                amounts[index] = self._product(sheet, index, line)
        return [amount or 0 for amount in amounts]

    def _product(self, sheet: Sheet, index: int, line: tuple[str, str, str]) -> int:
        known = self._products.get(line)
        if known is None:
            quantity, price, currency = line
            scale = self.reading.amounts(currency).exponent
            exact = (read_decimal(quantity) * read_decimal(price)).scaleb(scale)
            if abs(exact) >= LARGEST:
                sheet.drop(index, "quantity times unit_price is too large an amount")
                return 0
            known = int(exact.to_integral_value(rounding=ROUND_HALF_EVEN))
            if len(self._products) >= Memo.ROOM:
                self._products.clear()
            self._products[line] = known
        return known

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        customer = func.coalesce(_orders.c.customer_id, "")
        values = {"customer_id": customer, **{name: stage.c[name] for name in self.staged}}
        with_orders = stage.table.outerjoin(_orders, _orders.c.order_id == stage.c.order_id)
        if any_match(stage, _lines, "order_id"):
            upsert(stage, _lines, ["customer_id", "order_id", "line_key", "ordinal"], values, with_orders)
        else:
            add(stage, _lines, values, with_orders)
