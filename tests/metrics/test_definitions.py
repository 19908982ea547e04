"""Every metric on a shop whose answers can be counted on fingers, on both databases."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.durations import Calendar, Duration
from engine.metrics.metric import METRICS, Ask, Unit
from engine.metrics.period import Period
from engine.metrics.report import measure_all
from engine.store.database import Database
from tests.metrics.shops import day, filled, measured

FILES = {
    "customers": """customer_id,source,created_at
a,web,2024-01-01
b,web,2024-01-01
c,friend,2024-01-01
d,,2024-01-01
e,friend,2024-01-01
""",
    # a buys every ten days, b fell silent, c came back, d is new, e only cancelled orders
    "orders": """order_id,customer_id,ordered_at,amount,currency,status
1,a,2025-12-12,10,EUR,completed
2,a,2025-12-22,20,EUR,completed
3,a,2026-01-01,30,EUR,completed
4,a,2026-01-11,40,EUR,completed
5,b,2025-01-10,100,EUR,completed
6,c,2024-01-01,50,EUR,completed
7,c,2026-01-05,70,EUR,completed
8,d,2026-01-20,15,EUR,completed
9,d,2026-01-24,99,USD,completed
10,e,2026-01-20,500,EUR,cancelled
11,a,2026-02-01,1000,EUR,completed
""",
    # p pays more, q less, r left, s came, t tries
    "subscriptions": """\
subscription_id,customer_id,kind,started_at,changed_at,status,cancelled_at,monthly_price
1,p,subscription,2025-01-01,2025-01-01,active,,10
2,q,subscription,2025-01-01,2025-01-01,active,,20
3,r,subscription,2025-01-01,2025-01-01,active,,30
4,s,subscription,2026-01-10,2026-01-10,active,,40
5,t,trial,2025-01-01,2025-01-01,active,,50
1,p,subscription,2025-01-01,2026-01-15,active,,16
2,q,subscription,2025-01-01,2026-01-16,active,,15
3,r,subscription,2025-01-01,2026-01-20,cancelled,2026-01-20,30
""",
    "events": """event_id,customer_id,event,occurred_at,score
1,a,nps_asked,2026-01-02,
2,b,nps_asked,2026-01-02,
3,c,nps_asked,2026-01-02,
4,d,nps_asked,2026-01-02,
5,a,nps_answered,2026-01-03,2
6,a,nps_answered,2026-01-04,9
7,b,nps_answered,2026-01-03,6
8,c,nps_answered,2026-01-05,10
9,d,nps_answered,2025-12-31,0
10,a,visit,2025-12-01,
11,a,visit,2026-01-03,
12,b,page_viewed,2026-01-03,
13,c,visit,2025-11-01,
14,b,page_viewed,2026-01-20,
15,d,visit,2026-02-01,
""",
}


@pytest.fixture
def shop(store_url: str, tmp_path: Path) -> Iterator[Database]:
    files = {}
    for kind, text in FILES.items():
        files[kind] = tmp_path / f"{kind}.csv"
        files[kind].write_text(text)
    database = filled(store_url, files, "EUR")
    yield database
    database.close()


def january(shop: Database, key: str, **more: str) -> dict[str, Any]:
    return measured(shop, key, "2026-01-01", "2026-02-01", currency="EUR", **more)


def test_who_stays(shop: Database) -> None:
    """At the start a, b, p, q, r; in January b fell silent for a year and r cancelled; c, d, s came."""
    kept = january(shop, "customer_retention_rate")
    assert kept["parts"] == {
        "S": 5, "E": 6, "N": 2, "retained": 3, "retained_share": 60.0, "returned": 1,
    }  # fmt: skip
    assert kept["value"] == 80.0
    assert january(shop, "customer_churn_rate")["parts"] == {"S": 5, "lost": 2}
    rows = january(shop, "retention_by_source")["rows"]
    assert rows == [
        {"source": "unknown", "S": 3, "retained": 2, "share": pytest.approx(66.666667)},
        {"source": "web", "S": 2, "retained": 1, "share": 50.0},
    ]


def test_whoever_cancelled_is_lost_even_with_a_late_order_and_back_with_a_new_one(
    store_url: str, tmp_path: Path
) -> None:
    subscriptions, orders = tmp_path / "s.csv", tmp_path / "o.csv"
    head = "subscription_id,customer_id,status,started_at,cancelled_at,monthly_price\n"
    subscriptions.write_text(
        head + "1,a,cancelled,2025-01-01,2026-01-10,5\n2,b,cancelled,2025-01-01,2026-01-10,5\n"
    )
    orders.write_text("order_id,customer_id,ordered_at,amount\n1,a,2026-01-05,5\n2,b,2026-01-15,5\n")
    database = filled(store_url, {"subscriptions": subscriptions, "orders": orders}, "EUR")
    found = january(database, "customer_churn_rate")["parts"]
    database.close()
    assert found == {"S": 2, "lost": 1}


def test_what_recurs(shop: Database) -> None:
    gross, net = january(shop, "gross_revenue_churn"), january(shop, "net_revenue_churn")
    parts = {
        "mrr_start": "60.00",
        "cancelled": "30.00",
        "reduced": "5.00",
        "expanded": "6.00",
        "won": "40.00",
    }
    assert {name: gross["parts"][name] for name in parts} == parts
    assert gross["parts"]["mrr_end"] == "71.00"
    assert gross["value"] == pytest.approx(100 * 35 / 60, abs=1e-6)
    assert net["value"] == pytest.approx(100 * 29 / 60, abs=1e-6)


def test_what_is_bought(shop: Database) -> None:
    assert january(shop, "repeat_purchase_rate")["parts"] == {"buyers": 4, "repeat_buyers": 3, "orders": 9}
    assert january(shop, "purchase_frequency")["parts"] == {"orders": 5, "buyers": 3}
    average = january(shop, "average_order_value")
    assert average["parts"] == {"orders": 4, "revenue": "155.00"}
    assert average["value"] == 38.75
    historic = january(shop, "historic_lifetime_value")
    assert (historic["value"], historic["parts"]["revenue"]) == (83.75, "335.00")


def test_the_time_between_orders_is_the_median(shop: Database) -> None:
    """10 and 10 days of a, 4 of d, 735 of c: the middle is 10, the mean far from it."""
    gaps = january(shop, "time_between_orders")
    assert gaps["value"] == 10.0
    assert gaps["parts"] == {"gaps": 4, "mean": pytest.approx((10 + 10 + 4 + 735) / 4)}


def test_the_net_promoter_score_takes_the_latest_answer_of_the_period(shop: Database) -> None:
    score = january(shop, "net_promoter_score")
    assert score["parts"] == {
        "answers": 3, "promoters": 2, "passives": 0, "detractors": 1, "asked": 4, "response_rate": 75.0,
    }  # fmt: skip
    assert score["value"] == pytest.approx(33.333333)
    low, high = score["interval"]
    assert -100 <= low < 33.3 < high <= 100


def test_returning_visitors_had_visited_before_the_period(shop: Database) -> None:
    assert january(shop, "returning_visitors")["parts"] == {"visitors": 2, "returning": 1}


def test_cohorts_by_the_month_of_the_first_order(shop: Database) -> None:
    found = january(shop, "cohort_retention")["rows"]
    assert [(row["month"], row["customers"], row["active"]) for row in found] == [
        ("2025-12-01", 1, [1, 1]),
        ("2026-01-01", 1, [1]),
    ]
    curve = january(shop, "retention_curve")["rows"]
    assert [(row["month"], row["active"], row["customers"]) for row in curve] == [(0, 2, 2), (1, 1, 1)]


def everything(database: Database) -> dict[str, Any]:
    period = Period(day("2026-01-01"), day("2026-02-01"), Calendar())
    with database.read() as connection:
        return measure_all(Ask(connection, period, "EUR", Duration(1, "year")))


def test_nothing_is_no_number(store_url: str) -> None:
    database = Database(store_url)
    found = everything(database)
    database.close()
    assert {one["value"] for one in found.values()} == {None}
    assert sorted(found) == sorted(METRICS)


def test_a_library_that_is_absent_costs_one_number_and_says_how_to_get_it(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    database = Database(store_url)
    found = everything(database)["predicted_lifetime_value"]
    database.close()
    assert found["value"] is None
    assert found["note"] == "predictions need scipy: pip install 'rekindle[predict]'"


@pytest.mark.parametrize("key", sorted(METRICS))
def test_a_metric_says_everything_about_itself(key: str) -> None:
    metric = METRICS[key]
    assert metric.meaning.endswith(".")
    assert metric.unit in Unit
    assert metric.better in ("higher", "lower", "")
    assert all((metric.name, metric.formula, metric.source))
    assert metric.__doc__
