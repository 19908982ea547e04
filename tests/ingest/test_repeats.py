"""What a file says twice, ids that are not whole, and merges that go on while the file is read."""

import json
from collections.abc import Callable

import pytest

from engine.errors import Stopped, TryAgain
from engine.ingest import Imported, import_file, repeats
from engine.ingest.kinds.orders import Orders
from engine.ingest.repeats import Repeats
from engine.ingest.stage import Stage
from engine.settings import Settings
from engine.store.history import Order, OrderLine
from engine.store.people import Customer
from tests.ingest.conftest import NOW, Shop

Reasons = Callable[[Imported], list[tuple[int, str]]]
HEADER = "order_id,customer_id,ordered_at,amount\n"


def orders(*numbers: int, amount: int = 1) -> str:
    return HEADER + "".join(f"O{n},C{n % 7},2026-01-01,{amount + place}\n" for place, n in enumerate(numbers))


@pytest.fixture(params=[1, 2, 1000], ids="merged by {}".format)
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Files are read by so many rows, and merged by so many."""
    monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_ROWS", request.param)
    monkeypatch.setattr("engine.ingest.formats.csv_file._AT_ONCE", request.param)
    monkeypatch.setattr("engine.ingest.kinds.orders.Orders.at_once", request.param)
    monkeypatch.setattr("engine.ingest.kinds.customers.Customers.at_once", request.param)
    return int(request.param)


def test_rows_given_again_are_counted_wherever_they_stand(shop: Shop, pieces: int) -> None:
    done = shop.take("orders", orders(1, 2, 1, 3, 4, 5, 2, 1))
    assert (done.kept, done.repeated) == (8, 3)
    assert done.notes == ("3 rows were given again further down in the file; the last ones count",)
    assert shop.rows(Order, "order_id", "amount") == [
        ("O1", 800),
        ("O2", 700),
        ("O3", 400),
        ("O4", 500),
        ("O5", 600),
    ]


def test_the_same_file_again_is_no_repetition(shop: Shop, pieces: int) -> None:
    for _ in range(2):
        done = shop.take("orders", orders(*range(9)))
        assert (done.kept, done.repeated, done.notes) == (9, 0, ())
    done = shop.take("customers", "customer_id,first_name\nC1,Ann\nC2,Bob\nC1,Anna\n")
    assert (done.repeated, done.notes) == (
        1,
        ("1 row was given again further down in the file; the last one counts",),
    )
    assert shop.rows(Customer, "first_name")[1:3] == ["Anna", "Bob"]


def test_repeats_are_counted_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "_AT_ONCE", 10)
    keys = Repeats()
    keys.add(str(n % 40) for n in range(50))
    assert keys.end_run() == 10
    keys.add(("a", n % 30) for n in range(60))
    keys.add([str(3)])
    assert keys.end_run() == 30
    assert keys.count() == 10 + 30 + 1
    keys.close()


@pytest.mark.parametrize("odd", ["1\n2", "1\r2", "1\x002", "\x001", "1\x1f2"])
def test_an_id_that_is_not_whole_costs_its_row(shop: Shop, reasons: Reasons, odd: str) -> None:
    told = "customer_id holds a line break or another control character"
    rows = [{"customer_id": odd, "first_name": "Bob"}, {"customer_id": "12 \n", "first_name": "Ann\x00a"}]
    path = shop.file("c.jsonl", "\n".join(map(json.dumps, rows)))
    done = shop.take("customers", path)
    assert reasons(done) == [(1, told)]
    assert done.reasons == {told: 1}
    assert shop.rows(Customer, "customer_id", "first_name") == [("12", "Anna")]


def test_a_sku_that_is_not_whole_costs_its_line(shop: Shop, reasons: Reasons) -> None:
    done = shop.take("order_lines", 'order_id,sku\n1,"a\nb"\n1,ab\n')
    assert reasons(done) == [(2, "sku holds a line break or another control character")]
    assert shop.rows(OrderLine, "sku") == ["ab"]


def test_a_fault_of_a_merge_is_told_and_what_was_merged_before_is_kept(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ingest.formats.csv_file._AT_ONCE", 2)
    monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_ROWS", 2)
    monkeypatch.setattr(Orders, "at_once", 2)
    store, merges = Orders.store, list[int]()

    def failing(self: Orders, stage: Stage, *rest: object) -> None:
        merges.append(len(merges))
        if len(merges) == 3:
            raise TryAgain("the store is busy")
        store(self, stage, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Orders, "store", failing)
    with pytest.raises(TryAgain, match="the store is busy"):
        shop.take("orders", orders(*range(20)))
    assert shop.rows(Order, "order_id") == ["O0", "O1", "O2", "O3"]
    assert len(merges) == 3


def test_who_stops_an_import_keeps_what_was_merged(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ingest.formats.csv_file._AT_ONCE", 2)
    monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_ROWS", 2)
    monkeypatch.setattr(Orders, "at_once", 4)
    read, batches = Orders.read, list[int]()

    def stopped(self: Orders, sheet: object) -> object:
        batches.append(1)
        if len(batches) == 6:
            raise KeyboardInterrupt
        return read(self, sheet)  # type: ignore[arg-type]

    monkeypatch.setattr(Orders, "read", stopped)
    with pytest.raises(
        Stopped, match="stopped; 8 rows are in the store, and to import the file again is harmless"
    ):
        shop.take("orders", orders(*range(20)))
    assert len(shop.rows(Order)) == 8
    monkeypatch.setattr(Orders, "read", read)
    assert shop.take("orders", orders(*range(20))).kept == len(shop.rows(Order)) == 20


def test_a_file_that_changes_while_it_is_read_is_told(shop: Shop) -> None:
    path = shop.file("orders.csv", orders(1, 2))

    def grow(rows: int, fraction: float) -> None:
        with path.open("a") as file:
            file.write("O3,C3,20")

    done = import_file(shop.database, Settings(), "orders", path, NOW, None, grow)
    assert "orders.csv changed while it was read; import it again when it is whole" in done.notes
