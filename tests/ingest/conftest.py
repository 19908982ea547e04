"""A store to import into, files written on the spot, and what the store holds afterwards."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from engine.ingest import Imported, import_file
from engine.settings import Brand, ImportMap, Settings
from engine.store.database import Database, table
from engine.store.history import CustomerEvent, Order, OrderLine, Product, Subscription
from engine.store.people import Consent, Customer, CustomerTag, Suppression

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TABLES = (Customer, CustomerTag, Consent, Suppression, Order, OrderLine, Product, Subscription, CustomerEvent)


class Shop:
    """A store and the files that are brought into it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.brand = Brand(currency="GBP", country="GB")
        self.imports: dict[str, ImportMap] = {}

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def take(
        self, kind: str, text: str | Path, now: datetime = NOW, columns: Mapping[str, str] | None = None
    ) -> Imported:
        """Imports a CSV text, or the file of that path."""
        path = text if isinstance(text, Path) else self.file(f"{kind}.csv", text)
        settings = Settings(brand=self.brand, imports=self.imports)
        return import_file(self.database, settings, kind, path, now, columns)

    def rows(self, model: Any, *columns: str) -> list[Any]:
        """The table's rows in the order of their keys; one column gives plain values."""
        kept: Table = table(model)
        chosen = [kept.c[name] for name in columns] or list(kept.c)
        with self.database.read() as connection:
            found = connection.execute(select(*chosen).order_by(*kept.primary_key.columns)).all()
        return [row[0] if len(columns) == 1 else tuple(row) for row in found]

    def dump(self) -> dict[str, list[Any]]:
        """All that imports fill, but the record of the imports."""
        return {model.__tablename__: self.rows(model) for model in TABLES}


@pytest.fixture
def shop(store_url: str, tmp_path: Path) -> Iterator[Shop]:
    database = Database(store_url)
    yield Shop(database, tmp_path)
    database.close()


@pytest.fixture
def reasons() -> Callable[[Imported], list[tuple[int, str]]]:
    return lambda done: [(row.row_number, row.reason) for row in done.bad]
