"""Files of every format and fault: a sentence for each, rows by their numbers, never a traceback."""

import gzip
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import YoursToFix
from engine.ingest import Imported, import_file, importable, source
from engine.ingest.kind import KINDS
from engine.settings import Brand, ImportMap, Settings
from engine.store.history import ImportRecord, Order, Product
from engine.store.people import Customer
from tests.ingest.conftest import NOW, Shop

Reasons = Callable[[Imported], list[tuple[int, str]]]
PRODUCTS = "sku,description,category\nA,Kettle,kitchen\nB,چای,tea\n"
EXPECTED = [("A", "Kettle", "kitchen"), ("B", "چای", "tea")]
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def store_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """How a file is taken apart does not depend on the store: SQLite will do."""
    import shutil

    shutil.copyfile(migrated_sqlite, tmp_path / "store.db")
    return f"sqlite:///{tmp_path / 'store.db'}"


def put(shop: Shop, name: str, content: str | bytes) -> Path:
    path = shop.folder / name
    whole = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(whole) if name.endswith(".gz") else whole)
    return path


def refused(shop: Shop, kind: str, path: Path, columns: dict[str, str] | None = None) -> str:
    with pytest.raises(YoursToFix) as told:
        shop.take(kind, path, columns=columns)
    return str(told.value)


LINES = "".join(
    json.dumps(dict(zip(("sku", "description", "category"), row, strict=True)), ensure_ascii=False) + "\n"
    for row in EXPECTED
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.csv", PRODUCTS),
        ("p.csv.gz", PRODUCTS),
        ("P.CSV", PRODUCTS),
        ("p.csv", "\ufeff" + PRODUCTS),
        ("p.csv", PRODUCTS.replace("\n", "\r\n")),
        ("p.csv", PRODUCTS.rstrip("\n")),
        ("p.csv", PRODUCTS.replace(",", ";")),
        ("p.csv", PRODUCTS.replace(",", "\t")),
        ("p.csv", PRODUCTS.replace(",", "|")),
        ("p.csv", "sep=;\r\n" + PRODUCTS.replace(",", ";")),
        ("p.csv", "SKU, Description ,Category\n" + PRODUCTS.partition("\n")[2]),
        ("p.csv", '"sku","description","category"\n"A","Kettle",kitchen\n\nB,"چای",tea\n\n'),
        ("p.jsonl", LINES),
        ("p.jsonl.gz", LINES),
        ("p.jsonl", "\ufeff" + LINES.replace("\n", "\r\n\n")),
    ],
)
def test_every_spelling_of_a_file(shop: Shop, name: str, content: str) -> None:
    done = shop.take("products", put(shop, name, content))
    assert (done.read, done.kept, done.left_out) == (2, 2, 0)
    assert shop.rows(Product) == EXPECTED


def test_quotes_hold_what_a_csv_would_take_apart(shop: Shop) -> None:
    shop.take("products", 'sku;description\nA;"a; ""b""\nc"\nB;"=1+1"\nC;a"b\n')
    assert shop.rows(Product, "description") == ['a; "b"c', "=1+1", 'a"b']


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "p.xlsx",
            b"PK",
            "p.xlsx is of no known kind; a file must end in .csv, .csv.gz, .jsonl, .jsonl.gz, .parquet",
        ),
        ("p.csv", b"", "p.csv is empty; its first row must name the columns"),
        ("p.csv", b"\n\n", "p.csv is empty; its first row must name the columns"),
        (
            "p.csv",
            "sku,description\nA,ok\nB,Käthe\n".encode("latin-1"),
            "p.csv is not UTF-8 text (line 3); save it as UTF-8",
        ),
        ("p.csv", "sku,naïve\n".encode("latin-1"), "p.csv is not UTF-8 text (line 1); save it as UTF-8"),
        ("p.csv", "sku\nA\n".encode("utf-16"), "p.csv is not UTF-8 text (line 1); save it as UTF-8"),
        (
            "p.csv",
            ",".join(f"c{n}" for n in range(1_000_000)).encode(),
            "begins with a line of over a million bytes",
        ),
        (
            "p.csv",
            ",".join(f"c{n}" for n in range(1001)).encode(),
            "p.csv has 1,001 columns; 1,000 are the most",
        ),
        ("p.csv", b"sku,SKU\nA,B\n", "p.csv has two columns for sku; leave one out or map it elsewhere"),
        (
            "p.jsonl",
            '{"sku": "é"}\n'.encode("latin-1"),
            "p.jsonl is not UTF-8 text (line 1); save it as UTF-8",
        ),
    ],
)
def test_files_that_cannot_serve(shop: Shop, name: str, content: bytes, told: str) -> None:
    assert told in refused(shop, "products", put(shop, name, content))


def test_files_that_are_not_there_or_broken(shop: Shop) -> None:
    assert refused(shop, "products", shop.folder / "no.csv") == f"there is no file {shop.folder / 'no.csv'}"
    assert refused(shop, "products", shop.folder) == f"there is no file {shop.folder}"
    whole = gzip.compress(PRODUCTS.encode() * 5000)
    for name, content in {
        "half.csv.gz": whole[:-30],
        "plain.csv.gz": PRODUCTS.encode(),
        "odd.jsonl.gz": whole[:40],
    }.items():
        path = shop.folder / name
        path.write_bytes(content)
        told = f"{name} is not a whole gzip file; unpack or copy it again"
        kept = "; the 10,000 rows before that were kept, and to import the file again is harmless"
        assert refused(shop, "products", path) == told + (kept if name.startswith("half") else "")


def test_what_came_before_a_fault_is_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_ROWS", 1000)
    rows = "".join(f"s{n},x\n" for n in range(5000)).encode()
    path = put(shop, "p.csv", b"sku,description\n" + rows + "s,é\n".encode("latin-1"))
    told = refused(shop, "products", path)
    kept = len(shop.rows(Product))
    assert told == (
        "p.csv is not UTF-8 text (line 5002); save it as UTF-8 and import it again; "
        f"the {kept:,} rows before that were kept, and to import the file again is harmless"
    )
    assert 1000 <= kept <= 5000


@pytest.mark.parametrize(
    ("kind", "header", "told"),
    [
        (
            "orders", "order_id,customer,ordered_at,amount",
            ("orders.csv has no column customer_id, which orders need; did you mean to map customer? "
            "Then add --map customer=customer_id"),
        ),
        (
            "orders", "order_id,customer_id,Ordered On,amount",
            ("orders.csv has no column ordered_at, which orders need; did you mean to map Ordered On? "
            'Then add --map "Ordered On"=ordered_at'),
        ),
        (
            "orders", "nr,who,when,total",
            ("orders.csv has no column order_id, which orders need; it has nr, who, when, total; "
            "name the one that is meant with --map theirs=order_id"),
        ),
        (
            "order_lines", "order_id,article",
            ("order_lines.csv has no column sku or category, and order_lines need one; "
            "it has order_id, article; name the one that is meant with --map theirs=sku"),
        ),
    ],
)  # fmt: skip
def test_a_missing_column_is_named_with_what_to_do(shop: Shop, kind: str, header: str, told: str) -> None:
    path = shop.file(f"{kind}.csv", header + "\n1,2,3,4\n")
    assert refused(shop, kind, path) == told


def test_a_map_on_the_command_line_and_one_in_the_settings(shop: Shop) -> None:
    text = "Order No,Client,Date,Total,State\n1,2,2026-01-01,3,Paid\n2,2,2026-01-01,3,void\n"
    theirs = {"Order No": "order_id", "Client": "customer_id", "Date": "ordered_at", "State": "status"}
    shop.imports = {"orders": ImportMap(columns=theirs, values={"status": {"paid": "completed"}})}
    shop.take("orders", text, columns={"Total": "amount"})
    assert shop.rows(Order, "order_id", "status", "amount") == [("1", "completed", 300), ("2", "void", 300)]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"Totl": "amount"}, "o.csv has no column 'Totl' to map; did you mean 'Total'?"),
        ({"Total": "amnt"}, "orders have no column 'amnt' to map to; did you mean 'amount'?"),
        (
            {"Total": "amount", "amount": "amount"},
            "o.csv has two columns for amount; leave one out or map it elsewhere",
        ),
    ],
)
def test_maps_that_cannot_be(shop: Shop, columns: dict[str, str], told: str) -> None:
    path = shop.file("o.csv", "order_id,customer_id,ordered_at,Total,amount\n1,1,2026-01-01,1,1\n")
    assert refused(shop, "orders", path, columns) == told


def test_an_attribute_can_be_renamed(shop: Shop) -> None:
    shop.take("customers", "customer_id,Größe\n1,9\n", columns={"Größe": "size"})
    assert shop.rows(Customer, "attributes") == [{"size": ["9", 9, None]}]


def test_columns_that_are_not_used_are_mentioned(shop: Shop) -> None:
    done = shop.take("orders", "order_id,customer_id,ordered_at,amount,quantity,\n1,1,2026-01-01,1,1,\n")
    assert done.notes == (
        "the column quantity is not used by orders",
        "the column (no name) is not used by orders",
    )


def test_unknown_kinds(shop: Shop) -> None:
    path = shop.file("p.csv", PRODUCTS)
    assert refused(shop, "order", path) == "'order' is nothing that can be imported; did you mean 'orders'?"
    assert importable() == sorted(KINDS.kinds)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_file_without_rows_is_recorded(shop: Shop, kind: str) -> None:
    header = ",".join([*KINDS[kind].required, *KINDS[kind].any_of, *KINDS[kind].optional])
    done = shop.take(kind, header + "\n")
    assert (done.read, done.kept, done.created_customers) == (0, 0, 0)
    assert shop.rows(ImportRecord) == [(kind, NOW, f"{kind}.csv", 0, 0)]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_row_of_nothing_costs_only_itself(shop: Shop, kind: str) -> None:
    header = [*KINDS[kind].required, *KINDS[kind].any_of, *KINDS[kind].optional]
    done = shop.take(kind, ",".join(header) + "\n" + "," * (len(header) - 1) + "\n")
    assert (done.read, done.kept, done.left_out) == (1, 0, 1)
    assert done.bad[0].reason.endswith("empty")
    assert sum(len(rows) for rows in shop.dump().values()) == 0


def test_json_keeps_numbers_and_refuses_what_is_no_row(shop: Shop, reasons: Reasons) -> None:
    lines = [
        '{"customer_id": 12345678901234567890, "points": 1.10, "on": true, "tags": ["a"], "more": {"x": 1}}',
        "[1]", "{", "null", "[" * 100_000, '{"customer_id": "\\ud800"}', '{"customer_id": "\\ud83d\\ude00"}',
        '{"customer_id": NaN}', '{"customer_id": null}', '{"email": "' + "x" * 200_000 + '"}',
        "x" * 3_000_000, "{}",
    ]  # fmt: skip
    done = shop.take("customers", put(shop, "c.jsonl", "\n".join(lines)))
    assert reasons(done) == [
        (2, "is not a JSON object"),
        (3, "is not JSON"),
        (4, "is not a JSON object"),
        (5, "is not JSON"),
        (6, "holds half a character (a lone surrogate)"),
        (9, "customer_id is empty"),
        (10, "a value is longer than 131,072 characters"),
        (11, "is longer than 1,048,576 bytes"),
        (12, "customer_id is empty"),
    ]
    assert shop.rows(Customer, "customer_id") == ["12345678901234567890", "NaN", "😀"]
    assert shop.rows(Customer, "attributes")[0] == {
        "points": ["1.10", 1.1, None], "on": ["true", None, None], "more": ['{"x":"1"}', None, None],
    }  # fmt: skip


def test_an_endless_value_costs_its_row(shop: Shop, reasons: Reasons) -> None:
    done = shop.take("products", "sku,description\nA,x\nB," + "y" * 140_000 + "\nC,z\n")
    assert reasons(done) == [(3, "a value is longer than 131,072 characters, or its quote is never closed")]
    assert shop.rows(Product, "sku") == ["A", "C"]


def test_json_without_rows_is_a_day_without_news(shop: Shop) -> None:
    for content in ("", "\n\n"):
        done = shop.take("events", put(shop, "e.jsonl", content))
        assert (done.read, done.left_out) == (0, 0)
    assert shop.rows(ImportRecord, "kept") == [0]


def test_progress_comes_with_every_batch(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_ROWS", 1000)
    told: list[tuple[int, float]] = []
    for name in ("p.csv", "p.csv.gz"):
        path = put(shop, name, "sku\n" + "".join(f"{n * 7919 % 10_007}\n" for n in range(3500)))
        told.clear()
        import_file(
            shop.database, Settings(brand=Brand()), "products", path, NOW, None, lambda *now: told.append(now)
        )
        rows, fractions = zip(*told, strict=True)
        assert rows[:4] == (1000, 2000, 3000, 3500)
        assert sorted(fractions) == list(fractions)
        assert 0 < fractions[0] <= fractions[-1] == 1.0


def test_a_batch_is_bounded_by_bytes_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ingest.formats.csv_file.BATCH_BYTES", 10_000)
    monkeypatch.setattr("engine.ingest.formats.csv_file._AT_ONCE", 10)
    path = put(shop, "p.csv", "sku,description\n" + "".join(f"{n},{'x' * 1000}\n" for n in range(100)))
    batches = list(source.open_source(path).batches())
    assert max(len(batch.numbers) for batch in batches) <= 20
    assert [number for batch in batches for number in batch.numbers] == list(range(2, 102))


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is not None, reason="pyarrow is installed")
def test_parquet_without_its_extra_is_one_sentence(shop: Shop) -> None:
    told = refused(shop, "products", put(shop, "p.parquet", b"PAR1"))
    assert told == "a Parquet file needs pyarrow: pip install 'rekindle[parquet]'"


NAMES = st.sampled_from(["x.csv", "x.csv.gz", "x.jsonl", "x.jsonl.gz"])
HEADS = st.sampled_from([b"", b"customer_id,email,created_at\n", b'{"customer_id": 1}\n', b"customer_id\n"])


@quick
@given(NAMES, HEADS, st.binary(max_size=400) | st.text(max_size=200).map(str.encode), st.booleans())
def test_no_bytes_are_a_bug(shop: Shop, name: str, head: bytes, body: bytes, packed: bool) -> None:
    path = shop.folder / name
    path.write_bytes(gzip.compress(head + body) if packed else head + body)
    try:
        done = shop.take("customers", path)
    except YoursToFix:
        return
    assert done.read == done.kept + done.left_out


ROWS = st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=9), max_size=6)


@quick
@given(st.sampled_from(sorted(KINDS)), ROWS)
def test_no_values_are_a_bug(shop: Shop, kind: str, rows: list[list[str]]) -> None:
    header = [*KINDS[kind].required, *KINDS[kind].any_of, *KINDS[kind].optional]
    lines = [json.dumps(dict(zip(header, row, strict=False))) for row in [header, *rows]]
    done = shop.take(kind, put(shop, "x.jsonl", "\n".join(lines)))
    assert done.read == done.kept + done.left_out == len(rows) + 1
