"""What the history costs to read at all: one grouped pass over the orders, or over each table, by hand."""

from __future__ import annotations

from sqlalchemy import Executable, text

from engine.store.database import Database

# MATERIALIZED, or PostgreSQL groups the orders once in every parallel worker.
_PASS = text("""
    WITH f AS MATERIALIZED (
        SELECT customer_id, count(*) AS orders, sum(amount) AS total,
               min(ordered_at) AS first, max(ordered_at) AS last
        FROM orders
        WHERE status = 'completed'
        GROUP BY customer_id
    )
    SELECT count(*), sum(f.orders), sum(f.total), min(f.first), max(f.last)
    FROM customer c LEFT JOIN f ON f.customer_id = c.customer_id
""")


_PASSES = text("""
    WITH f AS MATERIALIZED (
        SELECT customer_id, count(*) AS orders, sum(amount) AS total,
               min(ordered_at) AS first, max(ordered_at) AS last
        FROM orders
        WHERE status = 'completed'
        GROUP BY customer_id
    ), s AS MATERIALIZED (
        SELECT customer_id, count(*) AS subscriptions, max(expires_at) AS expires
        FROM subscription
        GROUP BY customer_id
    ), e AS MATERIALIZED (
        SELECT customer_id, max(occurred_at) AS last FROM event GROUP BY customer_id
    )
    SELECT count(*), sum(f.orders), sum(f.total), min(f.first), max(f.last),
           sum(s.subscriptions), max(s.expires), max(e.last), max(c.birthday_mmdd)
    FROM customer c
    LEFT JOIN f ON f.customer_id = c.customer_id
    LEFT JOIN s ON s.customer_id = c.customer_id
    LEFT JOIN e ON e.customer_id = c.customer_id
""")


def grouped_pass(url: str) -> int:
    """Count, sum, first and last order of every customer."""
    return _people(url, _PASS)


def every_table(url: str) -> int:
    """The same beside subscriptions and events: what twenty rules read, without sorting anybody."""
    return _people(url, _PASSES)


def _people(url: str, statement: Executable) -> int:
    database = Database(url)
    with database.read() as connection:
        people = connection.execute(statement).one()[0]
    database.close()
    return int(people)
