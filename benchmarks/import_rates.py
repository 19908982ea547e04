"""Import beside `csv.reader` and an upsert by hand, and beside the bare insert of the same rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks import floor_import
from benchmarks.measure import Cost, in_child, interleaved, say
from benchmarks.report import Line
from benchmarks.stores import Stores, import_kind

_KINDS, _ROUNDS = ("customers", "orders"), 1
_WITH_CUSTOMERS, _HERE = "import_customers", "import_here"


def lines(stores: Stores) -> Iterator[Line]:
    """Customers into an empty store, orders into one that has the customers; then the same file again."""
    for database in stores.databases:
        for kind in _KINDS:
            say(f"  {database}: importing {kind}")
            yield from _of(stores, database, kind)
        stores.remove(database, _HERE)
        stores.remove(database, _WITH_CUSTOMERS)


def _of(stores: Stores, database: str, kind: str) -> Iterator[Line]:
    file, fresh = stores.shop.file(kind), _fresh(stores, database, kind)
    costs = interleaved(
        {
            "csv.reader + upsert": lambda: in_child(floor_import.upsert, fresh(), kind, file),
            "bare insert": lambda: in_child(floor_import.bare, fresh(), kind, file),
            "import": lambda: in_child(import_kind, fresh(), kind, file, stores.root),
            "again": lambda: in_child(import_kind, _url(stores, database), kind, file, stores.root),
        },
        _ROUNDS,
    )
    counted = {key: cost.value for key, cost in costs.items()}
    if len(set(counted.values())) != 1:
        raise SystemExit(f"not the same rows: {counted}")
    yield from _compared(kind, database, costs)


def _fresh(stores: Stores, database: str, kind: str) -> Callable[[], str]:
    """Makes a store for a run: empty for the customers, with the customers for everything else."""
    if kind == "customers":
        return partial(stores.empty, database, _HERE)
    source = stores.empty(database, _WITH_CUSTOMERS)
    in_child(import_kind, source, "customers", stores.shop.file("customers"), stores.root)

    def copied() -> str:
        if stores.server is not None and database == "postgresql":
            return stores.server.make(_HERE, _WITH_CUSTOMERS)
        stores.remove(database, _HERE)
        shutil.copyfile(stores.folder / f"{_WITH_CUSTOMERS}.db", stores.folder / f"{_HERE}.db")
        return _url(stores, database)

    return copied


def _url(stores: Stores, database: str) -> str:
    if stores.server is not None and database == "postgresql":
        return stores.server.url(_HERE)
    return f"sqlite:///{stores.folder / _HERE}.db"


def _compared(kind: str, database: str, costs: dict[str, Cost]) -> Iterator[Line]:
    rate = {key: cost.value / cost.seconds for key, cost in costs.items()}
    for floor in ("csv.reader + upsert", "bare insert"):
        yield Line("import", kind, database, "rows/s", rate["import"], floor, rate[floor], at_least=0.5,
                   peak_mb=costs["import"].peak_mb)  # fmt: skip
    yield Line("import", f"{kind} again, no change", database, "rows/s", rate["again"], "the first",
               rate["import"], peak_mb=costs["again"].peak_mb)  # fmt: skip
