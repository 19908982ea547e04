"""Products: what the shop sells."""

from __future__ import annotations

from typing import Any

from engine.ingest.kind import KINDS, TEXT, Kind
from engine.ingest.sheet import Sheet, last_of_each
from engine.ingest.stage import Stage, upsert
from engine.store.database import table
from engine.store.history import Product


@KINDS.register("products")
class Products(Kind):
    """One row a product, by its `sku`. A column that the file lacks stays as it was."""

    required = ("sku",)
    optional = ("description", "category")
    staged = {"sku": TEXT, "description": TEXT, "category": TEXT}

    def read(self, sheet: Sheet) -> list[list[Any]]:
        columns = [sheet.required("sku"), sheet.plain("description"), sheet.plain("category")]
        return last_of_each(sheet.settle(columns), 0)

    def store(self, stage: Stage, sheet: Sheet) -> None:
        present = [name for name in self.staged if sheet.has(name)]
        upsert(stage, table(Product), ["sku"], {name: stage.c[name] for name in present})
