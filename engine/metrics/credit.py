"""Whom an order is credited to: the last campaign that wrote within its window, unless a code says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, exists, func, literal, or_, select

from engine.durations import Duration
from engine.metrics.metric import Ask
from engine.metrics.purchases import amount
from engine.metrics.standing import completed, order
from engine.store.campaigns import Enrollment
from engine.store.database import table
from engine.store.ledger import Delivery
from engine.store.replies import Code
from engine.store.types import millis_between, unindexed
from engine.vocabulary import EnrollmentState, State

enrollment, delivery, code = table(Enrollment), table(Delivery), table(Code)
#: How long an order counts as a campaign's, where the campaign has no goal.
USUAL = Duration(30, "day")
#: A message in these states reached the provider, or may have.
SENT = (State.ACCEPTED.value, State.UNRESOLVED.value, State.UNKNOWN.value)
Windows = Mapping[str, Duration]


def window(windows: Windows) -> ColumnElement[int]:
    """The goal's window of an enrollment's campaign, in milliseconds; a month counts thirty days."""
    usual = USUAL.seconds * 1000
    told = [(enrollment.c.campaign == name, length.seconds * 1000) for name, length in windows.items()]
    return case(*told, else_=usual) if told else literal(usual)


def within(windows: Windows) -> ColumnElement[bool]:
    """An order of the enrolled customer, after they entered and before the window closed."""
    entered, at = enrollment.c.entered_at, order.c.ordered_at
    return and_(
        order.c.customer_id == enrollment.c.customer_id,
        at >= entered,
        millis_between(entered, at) < window(windows),
    )


def treated() -> ColumnElement[bool]:
    """Enrollments of customers who were not held out."""
    return enrollment.c.state != EnrollmentState.HOLDOUT.value


def entered(ask: Ask) -> ColumnElement[bool]:
    """Enrollments of the period."""
    return and_(enrollment.c.entered_at >= ask.period.start, enrollment.c.entered_at < ask.period.end)


def credited(ask: Ask, windows: Windows) -> CTE:
    """Each credited order once: `customer_id`, `order_id`, `campaign`, `entered`, `amount`."""
    # A customer has few deliveries and a slot has many: SQLite must look them up by customer.
    wrote = exists().where(
        delivery.c.customer_id == enrollment.c.customer_id,
        unindexed(delivery.c.campaign) == enrollment.c.campaign,
        delivery.c.slot == enrollment.c.slot,
        delivery.c.subject == enrollment.c.subject,
        delivery.c.state.in_(SENT),
        func.coalesce(delivery.c.sent_at, delivery.c.created_at) <= order.c.ordered_at,
    )
    theirs = exists().where(
        code.c.customer_id == order.c.customer_id,
        code.c.code == order.c.code,
        code.c.dedupe_key == delivery.c.dedupe_key,
        delivery.c.customer_id == order.c.customer_id,
        unindexed(delivery.c.campaign) == enrollment.c.campaign,
    )
    by_code = case((and_(order.c.code.is_not(None), theirs), 1), else_=0)
    latest = [by_code.desc(), enrollment.c.entered_at.desc(), enrollment.c.campaign]
    place = func.row_number().over(partition_by=[order.c.customer_id, order.c.order_id], order_by=latest)
    every = (
        select(
            order.c.customer_id,
            order.c.order_id,
            enrollment.c.campaign,
            enrollment.c.entered_at.label("entered"),
            amount(ask).label("amount"),
            place.label("place"),
        )
        .join_from(enrollment, order, within(windows))
        .where(treated(), completed(ask.period.end), or_(by_code == 1, wrote))
        .subquery()
    )
    return select(every).where(every.c.place == 1).cte("credited")


def outcomes(ask: Ask, windows: Windows) -> Any:
    """Of each customer's first entry into a campaign: held out or not, over or not, orders and money since.

    Whoever entered counts, whether or not their message went: only so are both groups alike.
    """
    place = func.row_number().over(
        partition_by=[enrollment.c.customer_id, enrollment.c.campaign],
        order_by=[enrollment.c.entered_at, enrollment.c.slot, enrollment.c.subject],
    )
    firsts = (
        select(*enrollment.primary_key.columns, place.label("place"))
        .where(enrollment.c.entered_at < ask.period.end)
        .subquery()
    )
    same = and_(*(firsts.c[column.name] == column for column in enrollment.primary_key.columns))
    over = millis_between(enrollment.c.entered_at, literal(ask.period.end, order.c.ordered_at.type))
    held = enrollment.c.state == EnrollmentState.HOLDOUT.value
    return (
        select(
            enrollment.c.customer_id,
            enrollment.c.campaign,
            case((held, 1), else_=0).label("held"),
            case((over >= window(windows), 1), else_=0).label("over"),
            func.count(order.c.order_id).label("orders"),
            func.coalesce(func.sum(case((order.c.order_id.is_not(None), amount(ask)), else_=0)), 0).label(
                "spent"
            ),
        )
        .join_from(enrollment, firsts, same)
        .outerjoin(order, and_(within(windows), completed(ask.period.end)))
        .where(firsts.c.place == 1, entered(ask))
        .group_by(
            enrollment.c.customer_id, enrollment.c.campaign, enrollment.c.state, enrollment.c.entered_at
        )
        .subquery()
    )
