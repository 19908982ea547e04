"""BG/NBD and Gamma-Gamma on the set of the papers give the published parameters and expectation."""

import csv
import gzip
from datetime import timedelta
from pathlib import Path

import pytest

from tests.metrics.shops import day, filled, measured, truth

pytest.importorskip("scipy", reason="predictions need the extra `predict`")

from engine.metrics.prediction import BgNbd


def sample(folder: Path, into: Path) -> Path:
    """The tenth that the papers used, as a file of orders."""
    with gzip.open(folder / "sample_tenth_orders.csv.gz", "rt") as source, into.open("w") as target:
        rows = csv.DictReader(source)
        writer = csv.writer(target)
        writer.writerow(["order_id", "customer_id", "ordered_at", "amount", "currency"])
        for number, row in enumerate(rows):
            writer.writerow([number, row["customer_id"], row["ordered_at"], row["amount"], "USD"])
    return into


def test_cdnow_gives_the_published_parameters(store_url: str, shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "cdnow"
    database = filled(store_url, {"orders": sample(folder, tmp_path / "orders.csv")}, "USD")
    found = measured(database, "predicted_lifetime_value", "1997-01-01", "1997-10-01")["parts"]
    database.close()
    answers = truth(folder, "ground_truth_clv.json")
    assert found["customers"] == found["fitted"] == answers["customers"]
    assert found["repeat_buyers"] == answers["gamma_gamma"]["n_repeat_customers"]
    for model in ("bg_nbd", "gamma_gamma"):
        for name, value in answers[model]["fitted"].items():
            assert found[f"{model}_{name}"] == pytest.approx(value, rel=5e-4), name


def test_the_published_expectation(shared_data: Path) -> None:
    import numpy

    answers = truth(shared_data / "cdnow", "ground_truth_clv.json")["bg_nbd"]
    x, recency, age = (numpy.array([value]) for value in (2.0, 30.43, 38.86))
    [expected] = BgNbd(**answers["fitted"]).expected(39, x, recency, age)
    assert round(float(expected), 3) == round(answers["expected_39w_for_x2_tx30.43_T38.86"], 3)


def test_whoever_never_came_again_cannot_be_known_to_have_left() -> None:
    import numpy

    model = BgNbd(0.24, 4.4, 0.79, 2.43)
    once, again = model.alive(numpy.array([0.0, 3.0]), numpy.array([0.0, 2.0]), numpy.array([50.0, 50.0]))
    assert once == 1
    assert again < 0.05


def test_a_shop_too_young_for_predictions_is_told_so(store_url: str, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    rows = [f"{n},c{n % 3},{(day('2026-01-01') + timedelta(days=n)).isoformat()},10" for n in range(9)]
    file.write_text("\n".join(["order_id,customer_id,ordered_at,amount", *rows]))
    database = filled(store_url, {"orders": file}, "EUR")
    found = measured(database, "predicted_lifetime_value", "2026-01-01", "2026-02-01", currency="EUR")
    database.close()
    assert found["value"] is None
    assert found["note"] == "Predictions need 50 customers who came again."
