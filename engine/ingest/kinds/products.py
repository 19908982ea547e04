"""Products: what the shop sells."""

from __future__ import annotations

from typing import Any

from engine.ingest.kind import KINDS, TEXT, Kind, Present
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage, upsert
from engine.ingest.tally import Tally
from engine.store.database import table
from engine.store.history import Product


@KINDS.register("products")
class Products(Kind):
    """One row a product, by its `sku`. A column that the file lacks stays as it was."""

    required = ("sku",)
    optional = ("description", "category")
    staged = {"sku": TEXT, "description": TEXT, "category": TEXT}
    key = ("sku",)

    def read(self, sheet: Sheet) -> list[list[Any]]:
        columns = [sheet.ids("sku"), sheet.plain("description"), sheet.plain("category")]
        return sheet.settle(columns)

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        values = {name: stage.c[name] for name in self.staged if name in present}
        upsert(stage, table(Product), ["sku"], values)
