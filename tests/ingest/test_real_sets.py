"""The sets in ../shared/data import without a map, in any order, and again without a change."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.store.database import table
from engine.store.history import Order, OrderLine
from tests.ingest.conftest import Shop

SETS = {
    "online_retail_dev": {"customers": 843, "orders": 4120, "order_lines": 74221, "products": 3252},
    "telco": {"customers": 7043, "subscriptions": 7043},
}


@pytest.mark.parametrize("name", SETS)
def test_a_real_set_comes_in_whole_and_only_once(shop: Shop, shared_data: Path, name: str) -> None:
    files = {kind: shared_data / name / f"{kind}.csv.gz" for kind in SETS[name]}
    for kind in reversed(SETS[name]):
        done = shop.take(kind, files[kind])
        assert (done.read, done.kept, done.left_out) == (SETS[name][kind], SETS[name][kind], 0)
    first = shop.dump()
    for kind, path in files.items():
        assert shop.take(kind, path).created_customers == 0
    assert shop.dump() == first


def test_the_lines_of_online_retail_add_up_to_its_orders(shop: Shop, shared_data: Path) -> None:
    for kind in ("order_lines", "orders"):
        shop.take(kind, shared_data / "online_retail_dev" / f"{kind}.csv.gz")
    lines, orders = table(OrderLine), table(Order)
    whole = (
        select(lines.c.order_id, func.sum(lines.c.amount).label("total"))
        .group_by(lines.c.order_id)
        .subquery()
    )
    differs = select(func.count()).select_from(orders.join(whole, whole.c.order_id == orders.c.order_id))
    with shop.database.read() as connection:
        assert connection.scalar(differs) == 4120
        assert connection.scalar(differs.where(func.abs(whole.c.total - orders.c.amount) > 1)) == 0
        waiting = select(func.count()).select_from(lines).where(lines.c.customer_id == "")
        assert connection.scalar(waiting) == 0
