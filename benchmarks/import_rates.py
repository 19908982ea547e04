"""Import beside `csv.reader` and an upsert by hand, and beside the bare insert of the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import floor_import
from benchmarks.measure import Cost, in_child, interleaved, say
from benchmarks.report import Line
from benchmarks.stores import Stores, _import

_KINDS, _ROUNDS = ("customers", "orders"), 1


def lines(stores: Stores) -> Iterator[Line]:
    """Each kind into an empty store; orders after customers, as a shop would bring them."""
    for database in stores.databases:
        for kind in _KINDS:
            say(f"  {database}: importing {kind}")
            yield from _of(stores, database, kind)


def _of(stores: Stores, database: str, kind: str) -> Iterator[Line]:
    file, name = stores.shop.file(kind), "import_rates"
    url = partial(stores.empty, database, name)
    costs = interleaved(
        {
            "csv.reader + upsert": lambda: in_child(floor_import.upsert, url(), kind, file),
            "bare insert": lambda: in_child(floor_import.bare, url(), kind, file),
            "import": lambda: in_child(_import, url(), kind, file, stores.root),
            "again": lambda: in_child(_import, _url(stores, database, name), kind, file, stores.root),
        },
        _ROUNDS,
    )
    stores.remove(database, name)
    counted = {key: cost.value for key, cost in costs.items()}
    if len(set(counted.values())) != 1:
        raise SystemExit(f"not the same rows: {counted}")
    yield from _compared(kind, database, costs)


def _url(stores: Stores, database: str, name: str) -> str:
    if database == "postgresql":
        assert stores.server is not None
        return stores.server.url(name)
    return f"sqlite:///{stores.folder / name}.db"


def _compared(kind: str, database: str, costs: dict[str, Cost]) -> Iterator[Line]:
    rate = {key: cost.value / cost.seconds for key, cost in costs.items()}
    for floor, target in (("csv.reader + upsert", 0.5), ("bare insert", 0.5 if kind == "orders" else None)):
        yield Line("import", kind, database, "rows/s", rate["import"], floor, rate[floor], at_least=target,
                   peak_mb=costs["import"].peak_mb)  # fmt: skip
    yield Line("import", f"{kind} again, no change", database, "rows/s", rate["again"], "the first",
               rate["import"], peak_mb=costs["again"].peak_mb)  # fmt: skip
