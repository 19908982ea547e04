"""The sample shop: always the same, quickly made, and with the cases that make a demo honest."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from engine import sample
from engine.ingest import Imported
from engine.store.people import Consent, Customer, CustomerTag
from tests.ingest.conftest import NOW, Shop


def test_the_same_moment_and_seed_give_the_same_files(tmp_path: Path) -> None:
    one, two = (sample.write(tmp_path / name, NOW, customers=200) for name in ("one", "two"))
    assert {kind: path.read_text() for kind, path in one.items()} == {
        kind: path.read_text() for kind, path in two.items()
    }
    other = sample.write(tmp_path / "other", NOW, customers=200, seed=8)
    assert other["customers"].read_text() != one["customers"].read_text()


def test_nothing_in_it_lies_in_the_future_but_expiries(shop: Shop, tmp_path: Path) -> None:
    files = sample.write(tmp_path / "shop", NOW, customers=500)
    done = {kind: shop.take(kind, path) for kind, path in files.items()}
    assert {kind: one.left_out for kind, one in done.items()} == dict.fromkeys(files, 0)
    for name, rows in shop.dump().items():
        for row in rows:
            moments = [value for value in row if hasattr(value, "tzinfo") and value > NOW]
            assert moments == [] or name == "subscription"


def test_it_holds_the_hard_cases(shop: Shop, tmp_path: Path) -> None:
    done: dict[str, Imported] = {}
    for kind, path in sample.write(tmp_path / "shop", NOW).items():
        done[kind] = shop.take(kind, path)
    people = shop.rows(Customer, "language", "first_name", "phone", "phone_address", "email_address")
    persian = [row for row in people if row[0] == "fa"]
    assert done["customers"].kept == len(people) == 3000
    assert 200 < len(persian) < 500
    assert sum("\u200c" in (row[1] or "") for row in persian) > 20
    numbers = [row for row in persian if row[2]]
    assert all(row[3].startswith("+989900000") and len(row[3]) == 13 for row in numbers)
    assert len({row[2][:3] for row in numbers}) >= 6  # as many ways to write one
    assert sum(row[1] is None for row in people) > 50
    assert done["customers"].unusable_email > 5
    assert max(Counter(row[4] for row in people if row[4]).values()) > 1
    assert {tag for _, tag in shop.rows(CustomerTag)} == {"staff", "gift-giver", "wholesale"}
    without = 3000 - len(
        {row[0] for row in shop.rows(Consent, "customer_id", "channel") if row[1] == "email"}
    )
    assert without > 300
    assert done["orders"].created_customers == 0
    assert max(row for row in shop.rows(Customer, "created_at")) > NOW - timedelta(days=1)
