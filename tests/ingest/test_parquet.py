"""Parquet, where pyarrow is installed: the same rows as from a CSV."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.errors import YoursToFix
from engine.store.history import Order
from engine.store.people import Customer, CustomerTag
from tests.ingest.conftest import Shop

pyarrow = pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")


def write(path: Path, columns: dict[str, Any]) -> Path:
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), path, row_group_size=2)
    return path


def test_typed_columns(shop: Shop) -> None:
    moments = [datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC), None]
    path = write(
        shop.folder / "orders.parquet",
        {
            "order_id": [1, 2, 3],
            "customer_id": ["a", "b", "c"],
            "ordered_at": moments,
            "amount": [Decimal("12.50"), Decimal("-3.00"), Decimal("1.00")],
        },
    )
    done = shop.take("orders", path)
    assert [(row.row_number, row.reason) for row in done.bad] == [(3, "ordered_at is empty")]
    assert shop.rows(Order, "customer_id", "order_id", "ordered_at", "amount") == [
        ("a", "1", moments[0], 1250),
        ("b", "2", moments[1], -300),
    ]


def test_lists_floats_and_truths(shop: Shop) -> None:
    path = write(
        shop.folder / "customers.parquet",
        {
            "customer_id": ["a", "b"],
            "birthday": [date(1990, 3, 21), None],
            "tags": [["x", "y"], []],
            "score": [0.1, 1e22],
            "member": [True, None],
            "email_consent": [True, False],
        },
    )
    assert shop.take("customers", path).kept == 2
    assert shop.rows(Customer, "birthday", "attributes") == [
        ("1990-03-21", {"score": ["0.1", 0.1, None], "member": ["true", None, None]}),
        (None, {"score": ["10000000000000000000000", 1e22, None]}),
    ]
    assert shop.rows(CustomerTag) == [("a", "x"), ("a", "y")]


def test_what_is_no_parquet_file_is_one_sentence(shop: Shop) -> None:
    path = shop.folder / "x.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(YoursToFix, match=r"^x\.parquet is no Parquet file that can be read: ") as told:
        shop.take("orders", path)
    assert "\n" not in str(told.value)
