"""Order lines: what was in an order."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import blake2b
from typing import Any

from sqlalchemy import func

from engine.ingest.amounts import read_decimal, read_number
from engine.ingest.kind import KINDS, QUANTITY, SMALL, TEXT, WHOLE, Kind
from engine.ingest.ordinals import Ordinals
from engine.ingest.reading import Reading
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage, add, any_match, upsert
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

    def read(self, sheet: Sheet) -> list[list[Any]]:
        orders, skus, categories = sheet.required("order_id"), sheet.plain("sku"), sheet.plain("category")
        for index, (sku, category) in enumerate(zip(skus, categories, strict=True)):
            if not sku and not category:
                sheet.drop(index, "sku and category are both empty")
        currencies = self.reading.currencies(sheet)
        quantities = sheet.read("quantity", read_number)
        prices = self.reading.money(sheet, "unit_price", currencies)
        amounts = self.reading.money(sheet, "amount", currencies)
        exact = (sheet.texts("quantity"), sheet.texts("unit_price"))
        columns = sheet.settle([orders, skus, categories, quantities, prices, amounts, *exact, currencies])
        orders, skus, categories, quantities, prices, amounts, *exact_columns = columns
        amounts = [
            self._amount(amount, *rest)
            for amount, *rest in zip(amounts, quantities, prices, *exact_columns, strict=True)
        ]
        content = zip(orders, skus, categories, quantities, prices, amounts, strict=True)
        keys = [blake2b(repr(line).encode(), digest_size=16).hexdigest() for line in content]
        return [orders, keys, self.ordinals.of(keys), skus, categories, quantities, prices, amounts]

    def _amount(self, amount: int | None, quantity: float | None, price: int | None, *exact: str) -> int:
        """As given, else quantity times unit price, else 0."""
        if amount is not None:
            return amount
        if quantity is None or price is None:
            return 0
        quantity_text, price_text, currency = exact
        scale = self.reading.amounts(currency).exponent
        product = read_decimal(quantity_text) * read_decimal(price_text)
        return int(product.scaleb(scale).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))

    def store(self, stage: Stage, sheet: Sheet) -> None:
        customer = func.coalesce(_orders.c.customer_id, "")
        values = {"customer_id": customer, **{name: stage.c[name] for name in self.staged}}
        with_orders = stage.table.outerjoin(_orders, _orders.c.order_id == stage.c.order_id)
        if any_match(stage, _lines, "order_id"):
            upsert(stage, _lines, ["customer_id", "order_id", "line_key", "ordinal"], values, with_orders)
        else:
            add(stage, _lines, values, with_orders)
