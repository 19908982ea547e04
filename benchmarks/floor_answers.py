"""The same answers by hand: the SQL that a person would write for just these ten or twenty rules.

One pass a table, one sort for each quantity that is ranked or scored, and a flag for each rule and customer.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import TextClause, bindparam, text

from benchmarks.shop import NOW
from engine.store.database import Database
from engine.store.types import Instant

_ORDERS = """
    SELECT customer_id,
        count(*) FILTER (WHERE status = 'completed') AS orders,
        min(ordered_at) FILTER (WHERE status = 'completed') AS first,
        max(ordered_at) FILTER (WHERE status = 'completed') AS last,
        max(ordered_at) AS seen,
        count(*) FILTER (WHERE ordered_at >= :d21 AND amount < 0
            AND currency = 'EUR' AND status = 'completed') AS refunds_21,
        count(*) FILTER (WHERE ordered_at >= :d4 AND amount < 0
            AND currency = 'EUR' AND status = 'completed') AS refunds_4 {more}
    FROM orders WHERE ordered_at < :now GROUP BY customer_id
"""
_MORE_ORDERS = """,
        count(*) FILTER (WHERE ordered_at >= :d90 AND status = 'completed') AS days_90,
        count(*) FILTER (WHERE ordered_at >= :d180 AND ordered_at < :d90
            AND status = 'completed') AS before_90,
        count(*) FILTER (WHERE ordered_at >= :half AND status = 'completed') AS months_6,
        count(*) FILTER (WHERE ordered_at >= :year AND ordered_at < :half
            AND status = 'completed') AS before_6,
        coalesce(CAST(sum(amount) FILTER (WHERE currency = 'EUR'
            AND status = 'completed') AS BIGINT), 0) AS spent,
        CAST(sum(amount) FILTER (WHERE ordered_at >= :year AND currency = 'EUR'
            AND status = 'completed') AS BIGINT) AS spent_year,
        count(*) FILTER (WHERE ordered_at >= :year AND currency = 'EUR'
            AND status = 'completed') AS orders_year
"""
_SUBSCRIPTIONS = """
    SELECT customer_id,
        max(CASE WHEN kind IN ('subscription', 'membership') AND active THEN 1 ELSE 0 END) AS paying,
        max(CASE WHEN kind IN ('subscription', 'membership') AND cancelled_at >= :d30
            AND cancelled_at <= :d7 THEN 1 ELSE 0 END) AS cancelled,
        max(CASE WHEN kind = 'account' AND active AND expires_at >= :now
            AND expires_at < :in14 THEN 1 ELSE 0 END) AS expiring,
        max(CASE WHEN kind = 'free_offer' AND active AND expires_at >= :now
            AND expires_at < :in7 THEN 1 ELSE 0 END) AS ending
    FROM (SELECT customer_id, kind, cancelled_at, expires_at,
            (status = 'active' OR status = 'cancelled' AND cancelled_at >= :now
                OR status = 'expired' AND expires_at >= :now) AS active
        FROM subscription
        WHERE valid_from < :now AND (valid_to IS NULL OR valid_to >= :now)
            AND (started_at IS NULL OR started_at < :now)) AS version
    GROUP BY customer_id
"""
_EVENTS = """
    SELECT customer_id, max(occurred_at) AS seen,
        max(occurred_at) FILTER (WHERE event = 'order_placed') AS placed,
        max(occurred_at) FILTER (WHERE event = 'cart_updated') AS cart
    FROM event WHERE occurred_at < :now GROUP BY customer_id
"""
_TAGS = "SELECT DISTINCT customer_id, 1 AS staff FROM customer_tag WHERE tag IN ('staff', 'test')"
#: What a share of everybody stands above, and everybody's scores: each a sort.
_RANKS = """, top AS MATERIALIZED (
    SELECT spent FROM o WHERE orders > 0 ORDER BY spent DESC
    LIMIT 1 OFFSET (SELECT (count(*) - 1) / 10 FROM o WHERE orders > 0)
), best AS MATERIALIZED (
    SELECT spent_year * 1.0 / orders_year AS average FROM o WHERE orders_year > 0 ORDER BY 1 DESC
    LIMIT 1 OFFSET (SELECT (count(*) - 1) / 20 FROM o WHERE orders_year > 0)
), scored AS MATERIALIZED (
    SELECT customer_id, ntile(5) OVER (ORDER BY last, customer_id) AS r,
        ntile(5) OVER (ORDER BY orders, customer_id) AS f, ntile(5) OVER (ORDER BY spent, customer_id) AS m
    FROM o WHERE orders > 0
)"""
_JOINED = """
    SELECT c.customer_id AS who, c.created_at, o.*, e.placed, e.cart,
        coalesce(c.email_domain = 'your-company.example', false) OR t.staff IS NOT NULL AS staff,
        coalesce(s.paying, 0) = 1 AS paying, s.cancelled, s.expiring, s.ending, c.birthday_mmdd,
        CASE WHEN e.seen IS NULL OR o.seen > e.seen THEN o.seen ELSE e.seen END AS seen_at,
        CASE WHEN e.placed IS NULL OR o.last > e.placed THEN o.last ELSE e.placed END AS bought_at {more}
    FROM customer c
    LEFT JOIN o ON o.customer_id = c.customer_id LEFT JOIN s ON s.customer_id = c.customer_id
    LEFT JOIN e ON e.customer_id = c.customer_id LEFT JOIN t ON t.customer_id = c.customer_id {joins}
    WHERE c.created_at IS NULL OR c.created_at < :now
"""
_FLAGS = (
    "last >= :d365 AND last <= :d180 AND orders >= 2 AND NOT staff AND NOT paying AND NOT seen_at >= :d7",
    "last >= :d730 AND last <= :d365 AND NOT staff AND NOT paying AND NOT seen_at >= :d365",
    "last >= :d180 AND last <= :d90 AND NOT staff AND NOT paying",
    "last >= :d21 AND last <= :d14 AND NOT staff AND refunds_21 = 0",
    "first >= :d4 AND first <= :d2 AND NOT staff AND refunds_4 = 0",
    "created_at >= :d30 AND created_at <= :d7 AND first IS NULL AND NOT staff AND NOT paying",
    "created_at >= :d2 AND created_at < :now AND NOT staff",
    "cancelled = 1 AND NOT staff AND NOT paying",
    "expiring = 1 AND NOT staff",
    "ending = 1 AND NOT staff AND NOT paying",
)
_MORE_FLAGS = (
    "birthday_mmdd BETWEEN 302 AND 308",
    "before_90 > 0 AND days_90 * 2 < before_90",
    "before_6 > 0 AND months_6 >= before_6 * 2",
    "orders >= 3 AND (:now - last) * (orders - 1) > (last - first) * 2",
    "orders > 0 AND spent >= top_spent",
    "orders_year > 0 AND spent_year * 1.0 / orders_year >= best_average",
    "r >= 4 AND f >= 4 AND m >= 4",
    "r <= 2 AND f >= 3 AND NOT (f >= 4 AND m >= 4)",
    "r <= 2 AND f >= 4 AND m >= 4",
    "bought_at >= :d30 AND bought_at <= :d1 AND (cart IS NULL OR cart <= bought_at)",
)


def ten(url: str) -> tuple[int, ...]:
    """How many any rule finds, and how many each."""
    return _answers(url, _ORDERS.format(more=""), "", _JOINED.format(more="", joins=""), _FLAGS)


def twenty(url: str) -> tuple[int, ...]:
    more = ", scored.r, scored.f, scored.m, top.spent AS top_spent, best.average AS best_average"
    joins = "LEFT JOIN scored ON scored.customer_id = c.customer_id CROSS JOIN top CROSS JOIN best"
    joined = _JOINED.format(more=more, joins=joins)
    return _answers(url, _ORDERS.format(more=_MORE_ORDERS), _RANKS, joined, (*_FLAGS, *_MORE_FLAGS))


def _answers(url: str, orders: str, ranks: str, joined: str, flags: tuple[str, ...]) -> tuple[int, ...]:
    names = [f"r{number}" for number in range(len(flags))]
    told = ", ".join(f"({flag}) AS {name}" for flag, name in zip(flags, names, strict=True))
    each = ", ".join(f"count(*) FILTER (WHERE {name})" for name in names)
    statement = f"""
        WITH o AS MATERIALIZED ({orders}), s AS MATERIALIZED ({_SUBSCRIPTIONS}),
        e AS MATERIALIZED ({_EVENTS}), t AS MATERIALIZED ({_TAGS}) {ranks},
        flagged AS MATERIALIZED (SELECT who, {told} FROM ({joined}) AS known)
        SELECT count(*) FILTER (WHERE {" OR ".join(names)}), {each} FROM flagged
    """
    database = Database(url)
    with database.read() as connection:
        row = connection.execute(_at(statement)).one()
    database.close()
    return tuple(row)


def _at(statement: str) -> TextClause:
    """The statement with its instants: `:d30` is thirty days ago, `:in7` in a week."""
    times = {
        "now": NOW,
        "half": datetime(2025, 9, 2, 10, tzinfo=UTC),
        "year": datetime(2025, 3, 2, 10, tzinfo=UTC),
    }
    times |= {f"d{n}": NOW - timedelta(days=n) for n in (1, 2, 4, 7, 14, 21, 30, 90, 180, 365, 730)}
    times |= {f"in{n}": NOW + timedelta(days=n) for n in (7, 14)}
    asked = set(re.findall(r":(\w+)", statement))
    used = {name: at for name, at in times.items() if name in asked}
    return text(statement).bindparams(*(bindparam(name, at, type_=Instant) for name, at in used.items()))
