"""What templates know of a customer: cut at the instant, plain, and read for a batch at a time."""

import json
import marshal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

from engine.compose.context import contexts
from engine.compose.known import NAMES
from engine.settings import Brand, Settings
from engine.store.database import Database, table
from engine.store.history import Order, Subscription
from engine.store.people import Customer, CustomerTag
from engine.store.types import ALWAYS

AS_OF = datetime(2026, 3, 25, 10, tzinfo=UTC)
DAY = timedelta(days=1)
SETTINGS = Settings(brand=Brand(currency="EUR"))


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    yield opened
    opened.close()


def put(database: Database, model: Any, *rows: dict[str, Any]) -> None:
    with database.write() as connection:
        for row in rows:
            connection.execute(insert(table(model)).values(**row))


def customer(customer_id: str, **fields: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "bucket": 1} | fields


def order(customer_id: str, order_id: str, days_ago: float, amount: int, **fields: Any) -> dict[str, Any]:
    row = {
        "customer_id": customer_id,
        "order_id": order_id,
        "ordered_at": AS_OF - days_ago * DAY,
        "amount": amount,
    }
    return row | {"currency": "EUR", "status": "completed"} | fields


def subscription(subscription_id: str, **fields: Any) -> dict[str, Any]:
    row = {"customer_id": "c1", "subscription_id": subscription_id, "valid_from": ALWAYS, "kind": "account"}
    return row | {"status": "active", "started_at": AS_OF - 400 * DAY} | fields


def known(database: Database, *ids: str, as_of: datetime = AS_OF) -> dict[str, dict[str, Any]]:
    with database.read() as connection:
        return contexts(connection, ids or ("c1",), as_of, SETTINGS)


def test_a_customer_of_whom_little_is_known(database: Database) -> None:
    put(database, Customer, customer("c1"))
    assert known(database) == {
        "c1": {"customer": {"id": "c1", "tags": [], "attributes": {}, "orders_count": 0, "total_spent": 0}}
    }


def test_a_customer_of_whom_all_is_known(database: Database) -> None:
    fields = {
        "email": "A@b.example", "phone": "+98", "first_name": "سارا", "last_name": "Bee", "country": "IR",
        "city": "قم",
        "language": "fa", "timezone": "Asia/Tehran", "birthday": "1990-05-17", "created_at": AS_OF - DAY,
    }  # fmt: skip
    attributes = {
        "size": ["42", 42.0, None],
        "zip": ["0071", 71.0, None],
        "rate": ["1.5", 1.5, None],
        "colour": ["red", None, None],
        "taken_away": None,
    }
    put(database, Customer, customer("c1", **fields, attributes=attributes))
    put(database, CustomerTag, {"customer_id": "c1", "tag": "vip"}, {"customer_id": "c1", "tag": "early"})
    found = known(database)["c1"]["customer"]
    assert found == {
        **fields, "id": "c1", "created_at": "2026-03-24T10:00:00Z", "tags": ["early", "vip"],
        "attributes": {"size": 42, "zip": "0071", "rate": 1.5, "colour": "red"},
        "orders_count": 0, "total_spent": 0,
    }  # fmt: skip
    assert set(found) == set(NAMES["customer"] or ())


def test_what_is_empty_is_missing(database: Database) -> None:
    put(database, Customer, customer("c1", first_name="", city=None))
    assert not {"first_name", "city"} & set(known(database)["c1"]["customer"])


def test_the_last_completed_order_and_the_sum_of_all(database: Database) -> None:
    put(database, Customer, customer("c1"), customer("c2"))
    put(
        database, Order,
        order("c1", "o1", 10, 1000), order("c1", "o2", 3, 2000),
        order("c1", "o3", 1, 5000, status="cancelled"),
        order("c1", "o4", 5, 700, currency="USD"), order("c1", "o5", 2, -300), order("c2", "o6", 4, 900),
    )  # fmt: skip
    found = known(database, "c1", "c2")
    assert found["c1"]["order"] == {
        "id": "o5",
        "ordered_at": "2026-03-23T10:00:00Z",
        "amount": -300,
        "currency": "EUR",
    }
    assert (found["c1"]["customer"]["orders_count"], found["c1"]["customer"]["total_spent"]) == (4, 2700)
    assert (found["c2"]["customer"]["orders_count"], found["c2"]["customer"]["total_spent"]) == (1, 900)
    assert set(found["c1"]["order"]) == set(NAMES["order"] or ())


def test_of_two_orders_at_one_instant_the_greater_id_is_the_last(database: Database) -> None:
    put(database, Customer, customer("c1"))
    put(database, Order, order("c1", "B", 1, 1), order("c1", "a", 1, 2), order("c1", "b", 1, 3))
    assert known(database)["c1"]["order"]["id"] == "b"


def test_what_is_dated_at_the_instant_or_later_does_not_exist_yet(database: Database) -> None:
    put(database, Customer, customer("c1"))
    put(database, Order, order("c1", "o1", 10, 1000), order("c1", "o2", 0, 2000), order("c1", "o3", -1, 3000))
    assert known(database)["c1"]["order"]["id"] == "o1"
    assert known(database, as_of=AS_OF + timedelta(milliseconds=1))["c1"]["order"]["id"] == "o2"
    assert "order" not in known(database, as_of=AS_OF - 10 * DAY)["c1"]


def chosen(database: Database, *rows: dict[str, Any], as_of: datetime = AS_OF) -> dict[str, Any]:
    put(database, Customer, customer("c1"))
    put(database, Subscription, *rows)
    found = known(database, as_of=as_of)["c1"].get("subscription")
    return dict(found or {})


def test_the_active_subscription_that_expires_soonest_from_now_on(database: Database) -> None:
    found = chosen(
        database,
        subscription("late", expires_at=AS_OF + 9 * DAY),
        subscription("soon", expires_at=AS_OF + 2 * DAY, plan="gold", monthly_price=999, currency="EUR"),
        subscription("open"),
        subscription("gone", expires_at=AS_OF - 1 * DAY),
        subscription("ended", status="cancelled", cancelled_at=AS_OF - 1 * DAY),
    )
    assert found == {
        "id": "soon", "kind": "account", "plan": "gold", "status": "active",
        "started_at": "2025-02-18T10:00:00Z",
        "expires_at": "2026-03-27T10:00:00Z", "monthly_price": 999, "currency": "EUR",
    }  # fmt: skip
    assert set(found) | {"cancelled_at"} == set(NAMES["subscription"] or ())


def test_without_an_end_is_still_active(database: Database) -> None:
    assert chosen(database, subscription("open"), subscription("old", expires_at=AS_OF - DAY))["id"] == "open"


def test_else_the_one_that_ended_last(database: Database) -> None:
    found = chosen(
        database,
        subscription("a", status="expired", expires_at=AS_OF - 30 * DAY),
        subscription("b", status="cancelled", cancelled_at=AS_OF - 5 * DAY, expires_at=AS_OF + 5 * DAY),
        subscription("c", status="cancelled", cancelled_at=AS_OF - 50 * DAY),
    )
    assert (found["id"], found["status"], found["cancelled_at"]) == ("b", "cancelled", "2026-03-20T10:00:00Z")


def test_a_cancellation_still_ahead_has_not_happened(database: Database) -> None:
    row = subscription("a", status="cancelled", cancelled_at=AS_OF + DAY, expires_at=AS_OF + 2 * DAY)
    found = chosen(database, row)
    assert (found["status"], found["expires_at"]) == ("active", "2026-03-27T10:00:00Z")
    assert "cancelled_at" not in found


def test_a_subscription_not_begun_does_not_exist(database: Database) -> None:
    assert chosen(database, subscription("a", started_at=AS_OF)) == {}


def test_the_version_that_held_then_is_the_one_that_is_told(database: Database) -> None:
    changed = AS_OF - 3 * DAY
    rows = [
        subscription("a", plan="old", valid_to=changed),
        subscription("a", plan="new", valid_from=changed),
    ]
    assert chosen(database, *rows)["plan"] == "new"
    assert known(database, as_of=changed)["c1"]["subscription"]["plan"] == "old"


def test_everything_is_plain(database: Database) -> None:
    put(database, Customer, customer("c1", created_at=AS_OF, attributes={"a": ["1e400", None, None]}))
    put(database, CustomerTag, {"customer_id": "c1", "tag": "vip"})
    put(database, Order, order("c1", "o1", 1, 10**12), order("c1", "o2", 2, 10**12))
    put(database, Subscription, subscription("s1", expires_at=AS_OF))
    found = known(database)
    assert json.loads(json.dumps(found)) == found
    marshal.dumps(found)
    assert type(found["c1"]["customer"]["total_spent"]) is int


def test_who_does_not_exist_is_not_there(database: Database) -> None:
    put(database, Customer, customer("c1"))
    put(database, Order, order("c9", "o1", 1, 1))
    put(database, CustomerTag, {"customer_id": "c9", "tag": "x"})
    assert set(known(database, "c1", "c9", "c8", "c1")) == {"c1"}
    assert known(database, "c8") == {}


@pytest.mark.parametrize("many", [1, 40, 400])
def test_a_batch_costs_one_query_a_table_however_many(database: Database, many: int) -> None:
    ids = [f"c{n}" for n in range(many)]
    with database.write() as connection:
        connection.execute(insert(table(Customer)), [customer(one) for one in ids])
        connection.execute(insert(table(Order)), [order(one, f"o{one}", 1, 5) for one in ids])
    asked: list[str] = []
    with database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
        found = contexts(connection, ids, AS_OF, SETTINGS)
    assert len(found) == many
    assert all(one["order"]["amount"] == 5 for one in found.values())
    assert len(asked) == 4
