"""The statements: one pass a table for all rules, nothing read that nobody asked, and SQL to look at."""

from collections.abc import Iterator

import pytest
from sqlalchemy import and_, column, func, literal, not_, or_, select, true
from sqlalchemy.engine import make_url

from engine.rules.absence import false_without
from engine.rules.compiler import Scope, select_ids, select_verdicts, sql_text
from engine.rules.facts import FactColumn, Facts
from engine.rules.sources import EVENTS, ORDERS, customer, event, order
from engine.store.database import Database
from engine.store.types import folded
from tests.rules.edges import NOW, fill
from tests.rules.stores import condition, ids, store
from tests.rules.test_totality import RULES, SEGMENTS

SCOPE = Scope(NOW, currency="GBP", segments=SEGMENTS)
WIN_BACK = """
all:
  - last_purchase: {ago: {at_least: 180 days, at_most: 365 days}}
  - orders: {count: {at_least: 3}}
none:
  - country: GB
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with store(request.param, tmp_path_factory.mktemp("compiler"), request) as database:
        fill(database)
        yield database


def written(*texts: str) -> str:
    rules = {f"r{number}": condition(text) for number, text in enumerate(texts)}
    return " ".join(sql_text(select_verdicts(rules, SCOPE), "postgresql").split())


def test_many_rules_share_one_pass_a_table() -> None:
    sql = written(*RULES)
    tables = ("orders", "order_line", "event", "subscription", "customer_tag")
    assert [sql.count(f"FROM {name}") for name in tables] == [1] * len(tables)


def test_equal_questions_are_one_column() -> None:
    rule = "orders: {count: {at_least: %d}, within: 30 days, where: {amount: {at_least: 5}}}"
    assert written(rule % 1, rule % 2, "last_purchase: {within: 3 days}").count("count(*)") == 1


def test_a_filter_said_twice_is_not_taken_for_another_one() -> None:
    twice = "spend: {total: {at_least: 5}, where: {currency: GBP}}"
    assert written(twice, "spend: {total: 0, before: 2026-01-01}").count("sum(") == 2


def test_profiles_alone_touch_no_history() -> None:
    sql = written("country: GB", "attribute: {name: a, is: 5}", "signed_up: {within: 3 days}")
    assert "FROM customer WHERE" in sql
    assert "JOIN" not in sql


def test_products_are_joined_only_where_they_are_asked_about() -> None:
    assert "product" not in written("bought: {sku: 22423}")
    assert "LEFT OUTER JOIN product" in written("bought: {category: toys}")


def test_filters_of_every_question_go_to_the_pass() -> None:
    sql = written("last_purchase: {within: 3 days}", "orders: {count: 2, within: 30 days}")
    assert "AND orders.status = 'completed' GROUP BY" in sql
    assert "FILTER (WHERE orders.ordered_at >=" in sql
    assert "max(orders.ordered_at) AS" in sql
    assert "FILTER" not in written("orders: {count: 2, within: 30 days, where: {code: A}}")


def test_the_statement_of_a_rule_can_be_reviewed() -> None:
    sql = sql_text(select_ids(condition(WIN_BACK), SCOPE), "postgresql")
    assert sql == (
        "SELECT customer.customer_id \n"
        "FROM (SELECT orders.customer_id AS customer_id, max(orders.ordered_at) AS f0, count(*) AS f1 \n"
        "FROM orders \n"
        "WHERE orders.ordered_at < '2026-06-15 12:00:00+00:00' AND orders.status = 'completed'"
        " GROUP BY orders.customer_id) AS order_facts"
        " JOIN customer ON customer.customer_id = order_facts.customer_id \n"
        "WHERE (customer.created_at IS NULL OR customer.created_at < '2026-06-15 12:00:00+00:00')"
        " AND coalesce(order_facts.f0 < '2026-06-15 12:00:00+00:00'"
        " AND order_facts.f0 <= '2025-12-17 12:00:00+00:00'"
        " AND order_facts.f0 >= '2025-06-15 12:00:00+00:00', false)"
        " AND coalesce(order_facts.f1, 0) >= 3"
        f" AND NOT coalesce({_folded('customer.country')} = 'GB', false)"
    )


def _folded(name: str) -> str:
    return str(
        folded(column(name, is_literal=True)).compile(dialect=make_url("postgresql://").get_dialect()())
    )


@pytest.mark.parametrize("text", RULES)
def test_the_written_statement_answers_as_the_bound_one_does(shop: Database, text: str) -> None:
    rule = condition(text)
    dialect = "sqlite" if shop.is_sqlite else "postgresql"
    with shop.read() as connection:
        raw = connection.connection.cursor()
        raw.execute(sql_text(select_ids(rule, SCOPE), dialect))
        found = {row[0] for row in raw.fetchall()}
    assert found == ids(shop, rule, SCOPE)


# Absence

COUNT = func.coalesce(FactColumn("order_facts", "f0", order.c.amount.type), 0)
LAST = FactColumn("order_facts", "f1", order.c.ordered_at.type)
COUNTRY = customer.c.country == "GB"


@pytest.mark.parametrize(
    ("predicate", "needs"),
    [
        (COUNT >= 1, True),
        (COUNT >= 0, False),
        (COUNT == 0, False),
        (not_(COUNT == 0), True),
        (LAST < NOW, True),
        (not_(LAST < NOW), True),
        (not_(func.coalesce(LAST < NOW, literal(False))), False),
        (func.coalesce(LAST.is_(None), literal(False)), False),
        (LAST.is_not(None), True),
        (and_(COUNTRY, COUNT > 0), True),
        (or_(COUNTRY, COUNT > 0), False),
        (and_(COUNT > 0, 3 * COUNT >= COUNT), True),
        (true(), False),
        (COUNTRY, False),
        (FactColumn("event_facts", "f0", order.c.amount.type) > 0, False),
    ],
)  # fmt: skip
def test_absence_is_worked_out(predicate: object, needs: bool) -> None:
    assert false_without(predicate, "order_facts") is needs  # type: ignore[arg-type]


def test_a_statement_begins_with_the_pass_that_every_rule_needs() -> None:
    needed, never = "orders: {count: {at_least: 2}}", "first_purchase: {never: true}"
    assert "AS order_facts JOIN customer" in written(needed, "last_purchase: {within: 3 days}")
    assert "FROM customer LEFT OUTER JOIN (SELECT orders" in written(needed, never)
    assert "FROM customer LEFT OUTER JOIN (SELECT orders" in written(needed, "country: GB")


def test_facts_of_different_sources_keep_apart() -> None:
    facts = Facts()
    columns = [facts.count(ORDERS), facts.count(EVENTS), facts.count(ORDERS, event.c.event == "a")]
    assert [str(column) for column in columns] == [
        "coalesce(order_facts.f0, :coalesce_1)",
        "coalesce(event_facts.f0, :coalesce_1)",
        "coalesce(order_facts.f1, :coalesce_1)",
    ]


def test_a_condition_may_join_a_statement_of_its_own(shop: Database) -> None:
    """As ranks will: a window over everybody, with one row for each customer."""
    spent = select(
        order.c.customer_id, func.ntile(4).over(order_by=func.sum(order.c.amount)).label("quarter")
    )
    scope = SCOPE.fresh()
    quarters = [scope.facts.joined("rank", spent.group_by(order.c.customer_id))["quarter"] for _ in range(2)]
    assert [str(column) for column in quarters] == ["rank_0.quarter"] * 2
    assert [name for name, _ in scope.facts.tables(NOW).each] == ["rank_0"]


def test_ranks_and_scores_sort_the_pass_that_is_there() -> None:
    """One pass over the orders, one count of all that came of it, and a mark for each that is asked for."""
    sql = written(
        "rank: {by: spend, top: 10%}", "rank: {by: spend, top: 10%}", "rfm: champions", "rfm: at_risk"
    )
    assert sql.count("FROM orders") == 1
    assert sql.count("AS MATERIALIZED (SELECT max(found") == 6
    assert sql.count("order_sample AS (") == sql.count("order_count0 AS (") == 1
    assert sql.count("FROM order_groups") == 7  # for the sample and for each mark


def test_the_statement_of_a_rank_can_be_reviewed() -> None:
    """The sample, the neighbours that it names, who stands below them, and the one among those between."""
    sql = " ".join(
        sql_text(select_ids(condition("rank: {by: orders, bottom: 10%}"), SCOPE), "sqlite").split()
    )
    mine, there = "coalesce(order_facts.f0, 0)", "order_facts.there = 1"
    parts = [
        "WITH order_groups AS (SELECT orders.customer_id AS customer_id, count(*) AS f0,",
        " (orders.customer_id NOT IN (SELECT later.customer_id FROM customer AS later",
        " WHERE later.created_at >= 1781524800000)) AS there",
        " FROM orders WHERE orders.ordered_at < 1781524800000 AND orders.status = 'completed'",
        " GROUP BY orders.customer_id), order_sample AS (",
        f" FROM order_groups AS order_facts WHERE {there} AND (random() & 127) = 0), order_near0 AS (",
        f"{mine} AS v0, row_number() OVER (ORDER BY {mine}) AS r0",
        f" FROM order_sample AS order_facts WHERE {mine} > 0) AS line), order_count0 AS (",
        f"count(*) FILTER (WHERE {mine} < order_near0.low0) AS below0,",
        f" order_mark0 AS (SELECT max(found.k0) AS k0 FROM (SELECT {mine} AS k0",
        f" FROM order_groups AS order_facts WHERE {mine} > 0 AND {there}",
        f" AND {mine} >= coalesce((SELECT way.low FROM order_way0 AS way), {mine})",
        " SELECT customer.customer_id FROM order_mark0 JOIN order_groups AS order_facts ON 1 = 1",
        " JOIN customer ON customer.customer_id = +order_facts.customer_id",
        " WHERE (customer.created_at IS NULL OR customer.created_at < 1781524800000)",
        f" AND {mine} > 0 AND order_mark0.k0 >= {mine}",
    ]
    assert [part for part in parts if part not in sql] == []
    assert "order_near0 JOIN order_groups AS order_facts ON 1 = 1 WHERE" in sql
    assert "AND +order_facts.there)" in sql  # or SQLite builds an index on it, to find nearly everybody


def test_statements_with_marks_stand_beside_each_other(shop: Database) -> None:
    """Each brings its own, under the same names."""
    best, least = condition("rank: {by: spend, top: 50%}"), condition("rank: {by: orders, bottom: 40%}")
    one, other = (select_ids(rule, SCOPE).subquery() for rule in (best, least))
    both = select(one.c.customer_id).join(other, one.c.customer_id == other.c.customer_id)
    with shop.read() as connection:
        found = {row[0] for row in connection.execute(both)}
    assert found == ids(shop, best, SCOPE) & ids(shop, least, SCOPE)
    assert found
