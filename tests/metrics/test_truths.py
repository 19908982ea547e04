"""Real shops' figures, as others computed them, on both databases."""

from pathlib import Path
from typing import Any

from engine.store.database import Database
from tests.metrics.shops import filled, measured, truth


def shop(url: str, folder: Path, currency: str) -> Database:
    return filled(url, {"orders": folder / "orders.csv.gz"}, currency)


def _lifetime(database: Database, answers: dict[str, Any], end: str, currency: str) -> None:
    """Repeat rate, average order value and the RFM cells of all time up to an instant."""
    repeat = measured(database, "repeat_purchase_rate", "1990-01-01", end, currency=currency)
    assert repeat["value"] == answers["repeat_purchase_rate_pct"]
    assert repeat["parts"] == {
        "buyers": answers["customers_with_order"],
        "repeat_buyers": answers["repeat_customers"],
        "orders": answers["orders"],
    }
    average = measured(database, "average_order_value", "1990-01-01", end, currency=currency)
    assert average["value"] == answers["aov"]
    assert average["parts"] == {"orders": answers["orders"], "revenue": answers["revenue"]}
    rfm = measured(database, "rfm_distribution", "1990-01-01", end, currency=currency)
    cells = {f"{row['recency']}{row['frequency']}{row['monetary']}": row["customers"] for row in rfm["rows"]}
    assert cells == answers["rfm"]["cells"]


def _retained(database: Database, expected: dict[str, Any], currency: str) -> None:
    start, end = str(expected["period_start"])[:10], str(expected["period_end"])[:10]
    kept = measured(database, "customer_retention_rate", start, end, lost_after="180 days", currency=currency)
    lost = measured(database, "customer_churn_rate", start, end, lost_after="180 days", currency=currency)
    assert kept["value"] == expected["crr_formula_pct"]
    assert kept["parts"] == {
        "S": expected["S"],
        "E": expected["E"],
        "N": expected["N_new_and_active_at_end"],
        "retained": expected["retained_strict"],
        "retained_share": expected["retained_strict_pct"],
        "returned": expected["reactivated_counted_by_formula_only"],
    }
    assert lost["parts"] == {"S": expected["S"], "lost": kept["parts"]["S"] - kept["parts"]["retained"]}


def test_the_gift_shop(store_url: str, shared_data: Path) -> None:
    folder = shared_data / "online_retail_dev"
    database, answers = shop(store_url, folder, "GBP"), truth(folder)
    for as_of, expected in answers["as_of"].items():
        _lifetime(database, expected["metrics"], as_of[:10], "GBP")
    _retained(database, answers["retention"][0], "GBP")
    database.close()


def test_the_music_shop(store_url: str, shared_data: Path) -> None:
    folder = shared_data / "cdnow"
    database, answers = shop(store_url, folder, "USD"), truth(folder)
    for as_of in ("1998-07-01T00:00:00Z", "1997-10-01T00:00:00Z"):
        _lifetime(database, answers["as_of"][as_of]["metrics"], as_of[:10], "USD")
    _retained(database, answers["retention"][0], "USD")
    database.close()


def test_the_telephone_company(store_url: str, shared_data: Path) -> None:
    folder = shared_data / "telco"
    database, answers = (
        filled(store_url, {"subscriptions": folder / "subscriptions.csv.gz"}, "USD"),
        truth(folder)["metrics"],
    )
    found = {
        key: measured(database, key, "2023-12-01", "2024-01-01")
        for key in (
            "customer_retention_rate",
            "customer_churn_rate",
            "gross_revenue_churn",
            "net_revenue_churn",
        )
    }
    database.close()
    kept, lost = found["customer_retention_rate"], found["customer_churn_rate"]
    assert (kept["value"], lost["value"]) == (answers["crr_pct"], answers["customer_churn_pct"])
    assert [kept["parts"][name] for name in "SEN"] == [answers[name] for name in "SEN"]
    gross = found["gross_revenue_churn"]
    assert gross["value"] == answers["gross_revenue_churn_pct"] == found["net_revenue_churn"]["value"]
    assert gross["parts"] == {
        "mrr_start": answers["mrr_start"],
        "cancelled": answers["mrr_churned"],
        "reduced": "0.00",
        "expanded": "0.00",
        "won": answers["mrr_new"],
        "mrr_end": answers["mrr_end"],
        "gross_revenue_retention": answers["gross_revenue_retention_pct"],
    }
