"""What a database would choke on is a bad row, and a store in trouble is a sentence."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.errors import TryAgain
from engine.ingest import Imported, import_file
from engine.ingest.kind import KINDS
from engine.settings import Brand, Settings
from engine.store.database import Database
from engine.store.history import CustomerEvent, Order, OrderLine
from engine.store.people import Customer
from tests.ingest.conftest import NOW, Shop

Reasons = Callable[[Imported], list[tuple[int, str]]]
LONG = "".join(chr(0x4E00 + n * 37 % 20_000) for n in range(5000))  # nothing that could be compressed


def test_keys_too_long_for_an_index_cost_their_row(shop: Shop, reasons: Reasons) -> None:
    fits = LONG[:200]
    done = shop.take(
        "orders",
        f"order_id,customer_id,ordered_at,amount\n{LONG},1,2026-01-01,1\n{fits},{fits},2026-01-01,1\n",
    )
    assert reasons(done) == [(2, "order_id is longer than 200 characters")]
    done = shop.take("order_lines", f"order_id,sku\n{fits},{LONG}\n")
    assert (done.kept, shop.rows(OrderLine, "customer_id")) == (1, [fits])
    done = shop.take(
        "customers",
        f"customer_id,first_name,tags,email_consent\n2,{LONG},,yes\n3,,a;{LONG},yes\n{fits},,{fits},\n",
    )
    assert reasons(done) == [(3, "a tag is longer than 200 characters")]
    done = shop.take(
        "consents", f"customer_id,channel,topic,status\n{fits},email,{LONG},yes\n{fits},sms,{fits},yes\n"
    )
    assert reasons(done) == [(2, "topic is longer than 200 characters")]
    done = shop.take(
        "events",
        f"event_id,customer_id,event,occurred_at,page\n{LONG},1,a,2026-01-01,\n1,1,a,2026-01-01,{LONG}\n",
    )
    assert reasons(done) == [(2, "event_id is longer than 200 characters")]


def test_a_zero_byte_never_reaches_the_store(shop: Shop, reasons: Reasons) -> None:
    properties = json.dumps({"a\x00b": "c\x00d\n", "e": {"f": "\x00"}}).replace('"', '""')
    done = shop.take(
        "events",
        f'event_id,customer_id,event,occurred_at,properties,co\x00lour\nE1,1,x\x00,2026-01-01\x00,"{properties}",r\x00ed\n'
        'E2,1,x,2026-01-01,"{""a"": ""\\ud800""}",\n',
    )
    assert reasons(done) == [(3, "properties holds half a character (a lone surrogate)")]
    assert shop.rows(CustomerEvent, "customer_id", "event_id", "event", "properties") == [
        ("1", "E1", "x", {
            "ab": ["cd", None, None], "e": ['{"f":"\\u0000"}', None, None], "colour": ["red", None, None],
        }),
    ]  # fmt: skip


def test_amounts_that_no_column_holds_cost_their_row(shop: Shop, reasons: Reasons) -> None:
    many = "9" * 400
    done = shop.take(
        "order_lines",
        f"order_id,sku,quantity,unit_price,amount\nA,s,{many},1,\nA,s,9000000000000,9000000000000,\nA,s,1,1,{many}\n"
        f"A,s,1,{many},1\nA,s,3,1.005,\n",
    )
    assert [row.row_number for row in done.bad] == [2, 3, 4, 5]
    assert all(len(row.reason) < 150 for row in done.bad)
    assert set(done.reasons) == {
        "quantity is too large a number",
        "quantity times unit_price is too large an amount",
        "amount is too large an amount",
        "unit_price is too large an amount",
    }
    assert shop.rows(OrderLine, "unit_price", "amount") == [
        (100, 302)
    ]  # of the exact price: 3.015, half to even


def test_two_imports_at_once_leave_what_one_would(shop: Shop) -> None:
    rows = "".join(f"o{n},c{n % 50},2026-01-01,{n}\n" for n in range(3000))
    path = shop.file("orders.csv", "order_id,customer_id,ordered_at,amount\n" + rows)
    url = shop.database.url.render_as_string(hide_password=False)

    def once(turn: int) -> int:
        database = Database(url)
        try:
            return import_file(
                database, Settings(brand=Brand()), "orders", path, NOW + timedelta(hours=turn)
            ).kept
        finally:
            database.close()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(once, range(3))) == [3000] * 3
    assert len(shop.rows(Order)) == 3000
    assert len(shop.rows(Customer)) == 50


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_full_disk_is_a_sentence_and_the_rest_can_follow(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_ROWS", 1000)
    monkeypatch.setattr(KINDS["orders"], "at_once", 2000)
    header = "order_id,customer_id,ordered_at,amount\n"
    path = shop.file(
        "orders.csv", header + "".join(f"o{n:05},c{n % 50},2026-01-01,{n}\n" for n in range(20_000))
    )
    with shop.database.writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with shop.database.writer.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 100}")
    with pytest.raises(TryAgain, match="cannot be written"):
        shop.take("orders", path)
    kept = len(shop.rows(Order))
    assert 2000 <= kept < 20_000
    assert kept % 2000 == 0
    with shop.database.writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert shop.take("orders", path).kept == len(shop.rows(Order)) == 20_000
