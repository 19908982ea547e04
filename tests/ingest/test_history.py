"""Orders, lines, products, events, consents and suppressions, in any order of files."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations

import pytest

from engine.ingest import Imported
from engine.ingest.kind import KINDS
from engine.ingest.strangers import bucket
from engine.settings import Brand
from engine.store.history import CustomerEvent, ImportRecord, Order, OrderLine, Product
from engine.store.people import Consent, Customer, Suppression
from engine.store.types import ALWAYS
from tests.ingest.conftest import NOW, Shop

FILES = {
    "customers": "customer_id,email,created_at\n1,a@example.com,2025-01-01\n",
    "orders": "order_id,customer_id,ordered_at,amount,currency,status,code\n"
    "A,1,2026-01-01T10:00:00Z,12.50,,,\nB,2,2026-01-02T10:00:00Z,-3.00,USD,PAID,X\n"
    "C,1,2027-01-01,0,JPY,completed,\n",
    "order_lines": "order_id,sku,quantity,unit_price\n"
    "A,s1,2,5.00\nA,s2,1,2.50\nA,s1,2,5.00\nB,s1,1,3\nZ,s9,1,1\n",
    "products": "sku,description,category\ns1,Kettle ☕,kitchen\ns2,,\n",
    "subscriptions": "subscription_id,customer_id,status\nS1,3,active\n",
    "events": "event_id,customer_id,event,occurred_at\nE1,4,cart_updated,2026-01-01\n",
    "consents": "customer_id,channel,status\n5,email,yes\n",
}
Reasons = Callable[[Imported], list[tuple[int, str]]]


def test_orders(shop: Shop) -> None:
    done = shop.take("orders", FILES["orders"])
    assert (done.kept, done.left_out, done.created_customers, done.rounded) == (3, 0, 2, 0)
    assert shop.rows(Order) == [
        ("1", "A", datetime(2026, 1, 1, 10, tzinfo=UTC), 1250, "GBP", "completed", None),
        ("1", "C", datetime(2027, 1, 1, tzinfo=UTC), 0, "JPY", "completed", None),  # a future date is kept
        ("2", "B", datetime(2026, 1, 2, 10, tzinfo=UTC), -300, "USD", "paid", "X"),
    ]
    assert shop.rows(Customer, "customer_id", "created_at", "email", "bucket") == [
        (name, None, None, bucket(name)) for name in "12"
    ]


def test_bad_orders(shop: Shop, reasons: Reasons) -> None:
    done = shop.take(
        "orders",
        "order_id,customer_id,ordered_at,amount,currency\n"
        ",1,2026-01-01,1,GBP\nB,,2026-01-01,1,GBP\nC,1,,1,GBP\nD,1,2026-01-01,,GBP\nE,1,2026-01-01,NaN,GBP\n"
        "F,1,2026-01-01,inf,GBP\nG,1,1323475200,1,GBP\nH,1,2026-01-01,1,pounds\nI,1,2026-01-01,1e3,USD\n"
        "J,1,2026-01-01,1.005,GBP\nK,1,2026-01-01,۱٬۲۳۴٫۵۰,GBP\n",
    )
    assert reasons(done) == [
        (2, "order_id is empty"),
        (3, "customer_id is empty"),
        (4, "ordered_at is empty"),
        (5, "amount is empty"),
        (6, "amount 'NaN' is not an amount"),
        (7, "amount 'inf' is not an amount"),
        (8, "ordered_at '1323475200' is a number, not a date; write 2026-03-21 or 2026-03-21T10:00:00Z"),
        (9, "currency 'pounds' is not a currency; write a code like EUR"),
        (10, "amount '1e3' is not an amount"),
    ]
    assert (done.kept, done.rounded) == (2, 1)
    assert shop.rows(Order, "order_id", "amount") == [("J", 100), ("K", 123450)]


def test_an_order_that_comes_again_is_changed_and_one_of_another_customer_moves(shop: Shop) -> None:
    shop.take("order_lines", FILES["order_lines"])
    shop.take("orders", FILES["orders"])
    shop.take(
        "orders", "order_id,customer_id,ordered_at,amount,status\nA,9,2026-01-01T10:00:00Z,12.50,refunded\n"
    )
    assert shop.rows(Order, "customer_id", "order_id", "status") == [
        ("1", "C", "completed"), ("2", "B", "paid"), ("9", "A", "refunded"),
    ]  # fmt: skip
    assert set(shop.rows(OrderLine, "customer_id", "order_id")) == {
        ("", "Z"),
        ("2", "B"),
        ("9", "A"),
    }
    assert len(shop.rows(OrderLine)) == 5


@pytest.mark.parametrize(("rows", "at_once"), [(1000, 1000), (1, 1000), (1, 1), (1000, 1)])
def test_one_order_twice_in_a_file_is_the_later_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, rows: int, at_once: int
) -> None:
    """Whether the two meet in one batch, in one merge of several batches, or in the store."""
    monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_ROWS", rows)
    monkeypatch.setattr("engine.ingest.formats.csv_file._AT_ONCE", 1)
    monkeypatch.setattr(KINDS["orders"], "at_once", at_once)
    lines = ["A,1,2026-01-01,1", "B,1,2026-01-01,5", "A,2,2026-01-01,2"]
    shop.take("orders", "order_id,customer_id,ordered_at,amount\n" + "\n".join(lines) + "\n")
    assert shop.rows(Order, "customer_id", "order_id", "amount") == [("1", "B", 500), ("2", "A", 200)]


@pytest.mark.parametrize(
    "kinds", [list(FILES), list(reversed(FILES)), ["order_lines", "customers", "orders"]]
)
def test_the_order_of_the_files_does_not_matter(shop: Shop, kinds: list[str]) -> None:
    for kind in [*kinds, *FILES]:
        assert shop.take(kind, FILES[kind]).left_out == 0
    dump = shop.dump()
    assert [row[:2] for row in dump["orders"]] == [("1", "A"), ("1", "C"), ("2", "B")]
    lines = sorted((row[0], row[1], row[3]) for row in dump["order_line"])
    assert lines == [("", "Z", 0), ("1", "A", 0), ("1", "A", 0), ("1", "A", 1), ("2", "B", 0)]
    assert [row[0] for row in dump["customer"]] == list("12345")
    assert [(row[0], row[1]) for row in dump["customer"] if row[1]] == [("1", "a@example.com")]


def test_the_same_files_again_change_nothing(shop: Shop) -> None:
    for kind, text in FILES.items():
        shop.take(kind, text)
    first = shop.dump()
    for kind, text in FILES.items():
        assert shop.take(kind, text, datetime(2026, 6, 2, tzinfo=UTC)).created_customers == 0
    assert shop.dump() == first
    assert len(shop.rows(ImportRecord)) == 2 * len(FILES)


def test_lines_know_what_they_cost(shop: Shop) -> None:
    done = shop.take(
        "order_lines",
        "order_id,sku,category,quantity,unit_price,amount\n"
        "A,s1,,2,10.95,\nA,s2,tea,1.5,0.33,\nA,,tea,,,4.999\nA,s4,,3,,\nA,s5,,1,2.00,9.99\nA,s6,,-1,2.00,\n",
    )
    lines = {
        row[0]: row[1:] for row in shop.rows(OrderLine, "sku", "category", "quantity", "unit_price", "amount")
    }
    assert lines == {
        "s1": (None, 2, 1095, 2190),
        "s2": ("tea", 1.5, 33, 50),  # 0.495, half to even
        None: ("tea", None, None, 500),
        "s4": (None, 3, None, 0),
        "s5": (None, 1, 200, 999),
        "s6": (None, -1, 200, -200),
    }
    assert (done.kept, done.rounded) == (6, 1)


def test_bad_lines(shop: Shop, reasons: Reasons) -> None:
    done = shop.take(
        "order_lines", "order_id,sku,category,quantity\nA,,,1\n,s1,,1\nA,s1,,many\nA,s1,,NaN\nA,s1,,۲\n"
    )
    assert reasons(done) == [
        (2, "sku and category are both empty"),
        (3, "order_id is empty"),
        (4, "quantity 'many' is not a number"),
        (5, "quantity 'NaN' is not a number"),
    ]
    assert shop.rows(OrderLine, "quantity") == [2]


@pytest.mark.parametrize("rows", [1, 2, 3, 1000])
def test_equal_lines_are_counted_over_the_whole_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """However the file falls into batches, and wherever in it the lines of an order stand."""
    monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_ROWS", rows)
    monkeypatch.setattr("engine.ingest.formats.csv_file._AT_ONCE", 1)
    text = "order_id,sku,unit_price\n" + "A,x,1\nB,x,1\nA,x,1.00\nC,y,1\nA,x,1\nB,y,1\nA,x,2\n"
    shop.take("order_lines", text)
    expected = {("A", 100, 0), ("A", 100, 1), ("A", 100, 2), ("A", 200, 0), ("B", 100, 0), ("C", 100, 0)}
    found = shop.rows(OrderLine, "order_id", "unit_price", "ordinal")
    assert (len(found), set(found)) == (7, expected)
    first = shop.dump()
    for again in (rows, 2):
        monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_ROWS", again)
        shop.take("order_lines", text)
        assert shop.dump() == first


def test_the_ordinals_do_not_depend_on_the_order_of_lines(shop: Shop) -> None:
    lines = ["A,x,1", "A,x,1", "A,y,1"]
    dumps = []
    for order in permutations(lines):
        shop.take("order_lines", "order_id,sku,unit_price\n" + "\n".join(order) + "\n")
        dumps.append(shop.dump())
    assert all(dump == dumps[0] for dump in dumps)


def test_products_keep_what_a_file_does_not_say(shop: Shop) -> None:
    shop.take("products", FILES["products"])
    shop.take("products", "sku,category\ns1,home\ns3,home\n")
    assert shop.rows(Product) == [("s1", "Kettle ☕", "home"), ("s2", None, None), ("s3", None, "home")]


def test_events_note_their_properties(shop: Shop, reasons: Reasons) -> None:
    done = shop.take(
        "events",
        "event_id,customer_id,event,occurred_at,properties,colour\n"
        'E1,1,cart_updated,2026-01-01T00:00:00Z,"{""value"": 12.50, ""at"": ""2026-01-02"",'
        ' ""n"": [1,2], ""no"": null}",red\n'
        "E2,1,page_viewed,2026-01-01T00:00:00Z,,\n"
        "E3,1,page_viewed,2026-01-01T00:00:00Z,{oops,\n"
        "E4,1,page_viewed,2026-01-01T00:00:00Z,[1],\n"
        'E5,1,page_viewed,2026-01-01T00:00:00Z,"{""colour"": true, ""big"": 1e999}",red\n',
    )
    assert reasons(done) == [
        (4, "properties '{oops' is not a JSON object"),
        (5, "properties '[1]' is not a JSON object"),
    ]
    assert shop.rows(CustomerEvent, "event_id", "event", "properties") == [
        ("E1", "cart_updated", {
            "colour": ["red", None, None], "value": ["12.50", 12.5, None],
            "at": ["2026-01-02", None, 1767312000000], "n": ["1;2", None, None],
        }),
        ("E2", "page_viewed", {}),
        ("E5", "page_viewed", {"colour": ["true", None, None], "big": ["1e999", None, None]}),
    ]  # fmt: skip


def test_an_event_that_comes_again_is_changed(shop: Shop) -> None:
    for name in ("cart_updated", "cart_emptied"):
        shop.take("events", f"event_id,customer_id,event,occurred_at,sku\nE1,1,{name},2026-01-01,{name[5]}\n")
    assert shop.rows(CustomerEvent, "event", "properties") == [("cart_emptied", {"sku": ["e", None, None]})]


def test_consents(shop: Shop, reasons: Reasons) -> None:
    done = shop.take(
        "consents",
        "customer_id,channel,topic,status,at,source\n"
        "1,EMAIL,,yes,2026-01-01T00:00:00Z,form\n1,email,,no,2026-01-01T00:00:00Z,form\n"
        "1,email,news,opt-in,,\n1,fax,,yes,,\n1,sms,,well,,\n1,,,yes,,\n",
    )
    assert reasons(done) == [
        (5, "channel 'fax' is no channel; write email or sms"),
        (6, "status 'well' is neither yes nor no; write subscribed or unsubscribed"),
        (7, "channel is empty"),
    ]
    assert done.created_customers == 1
    assert shop.rows(Consent) == [
        ("1", "email", "", datetime(2026, 1, 1, tzinfo=UTC), "unsubscribed", 0, "form"),
        ("1", "email", "news", ALWAYS, "subscribed", 0, "import"),
    ]


def test_at_one_instant_the_later_in_the_file_ends_the_topics_before_it(shop: Shop) -> None:
    head = "customer_id,channel,topic,status,at\n"
    topic, whole = "1,email,news,yes,2026-01-01\n", "1,email,,no,2026-01-01\n"
    for _ in range(2):
        shop.take("consents", head + topic + whole)
    assert shop.rows(Consent, "topic", "seq") == [("", 1), ("news", 0)]
    shop.take("consents", head + "1,email,news,no,2026-01-01\n")
    assert shop.rows(Consent, "topic", "status", "seq")[1:] == [
        ("news", "subscribed", 0),
        ("news", "unsubscribed", 2),
    ]


def test_suppressions(shop: Shop, reasons: Reasons) -> None:
    shop.brand = Brand(country="GB")
    text = (
        "address,channel,reason,at\nAnn@Example.com,,bounced,2026-01-01\n07700 900123,,stop,\n"
        "+44 7700 900123,sms,again,\nnobody,email,,\n12,,,\n,email,,\n"
    )
    done = shop.take("suppressions", text)
    assert reasons(done) == [
        (5, "address 'nobody' is no e-mail address"),
        (6, "address '12' is no phone number"),
        (7, "address is empty"),
    ]
    first = shop.rows(Suppression)
    assert first == [
        ("email", "ann@example.com", "bounced", datetime(2026, 1, 1, tzinfo=UTC), "import"),
        ("sms", "+447700900123", "again", NOW, "import"),
    ]
    shop.take("suppressions", text, datetime(2026, 7, 1, tzinfo=UTC))
    shop.take("suppressions", "email\nann@example.com\nbob@example.com\n")
    assert [row for row in shop.rows(Suppression) if row[1] != "bob@example.com"] == first
