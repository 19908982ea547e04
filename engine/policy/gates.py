"""The gates in their written order, as one statement that gives each candidate its first refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    MetaData,
    String,
    Table,
    and_,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import CTE, FromClause, Select

from engine.durations import Duration
from engine.policy.entry import Entry, Moment
from engine.policy.holdout import held_out
from engine.policy.quiet import zone_key
from engine.store import consent
from engine.store.campaigns import Enrollment
from engine.store.database import table
from engine.store.history import Order
from engine.store.ledger import Delivery
from engine.store.people import Customer, Suppression
from engine.store.types import ALWAYS, ByteText, Instant
from engine.vocabulary import CAPPED, Channel, EnrollmentState, Gate

customer, enrollment, delivery = table(Customer), table(Enrollment), table(Delivery)
orders, suppression = table(Order), table(Suppression)

#: Every candidate of a plan: the first gate that refuses in `reason`, the end of quiet in `until`.
#: `idle` rows are of a run that is held: it enrolls nobody, so nobody else has to stand back for it.
DECISION = Table(
    "plan_decision",
    MetaData(),
    Column("customer_id", ByteText, primary_key=True),
    Column("campaign", ByteText, primary_key=True),
    Column("slot", ByteText, primary_key=True),
    Column("subject", ByteText, primary_key=True),
    Column("kind", String),
    Column("address", ByteText),
    Column("zone_key", String),
    Column("bucket", BigInteger),
    Column("reason", String),
    Column("until", Instant),
    Column("idle", Boolean),
    prefixes=["TEMPORARY"],
)


def address_column(channel: Channel) -> ColumnElement[Any]:
    """The customer's normalised address for that channel."""
    return customer.c.email_address if channel is Channel.EMAIL else customer.c.phone_address


def funnel(entry: Entry, candidates: FromClause, moment: Moment) -> Select[Any]:
    """One row for each candidate (`customer_id`, `subject`), with the first gate that refuses."""
    stage = _last_stage(entry, candidates, moment)
    return select(
        stage.c.customer_id,
        literal(entry.campaign).label("campaign"),
        literal(entry.slot).label("slot"),
        stage.c.subject,
        literal(entry.kind).label("kind"),
        stage.c.address,
        stage.c.zone_key,
        stage.c.bucket,
        stage.c.reason,
    )


def trail(entry: Entry, candidates: FromClause, moment: Moment) -> Select[Any]:
    """The same with each gate's own answer, in a column of its name: true where it refuses."""
    return select(_last_stage(entry, candidates, moment, told=True))


def _last_stage(entry: Entry, candidates: FromClause, moment: Moment, told: bool = False) -> CTE:
    stage = _base(entry, candidates)
    for gates in _rounds():
        stage = _asked(stage, [(gate, asked(stage, entry, moment)) for gate, asked in gates], told)
    return stage


def _base(entry: Entry, candidates: FromClause) -> CTE:
    rows = select(
        customer.c.customer_id,
        candidates.c.subject,
        address_column(entry.channel).label("address"),
        zone_key(customer.c.timezone, customer.c.country).label("zone_key"),
        customer.c.bucket,
        null().cast(String).label("reason"),
    ).join(candidates, candidates.c.customer_id == customer.c.customer_id)
    return rows.cte("gate_0")


def _rounds() -> list[list[tuple[Gate, Asked]]]:
    """The gates, those together that need not know whom the ones before them refused."""
    rounds: list[list[tuple[Gate, Asked]]] = [[]]
    for gate, asked in GATES:
        if gate in AMONG_THE_REST:
            rounds.append([])
        rounds[-1].append((gate, asked))
    return rounds


def _asked(stage: CTE, gates: Sequence[tuple[Gate, ColumnElement[bool]]], told: bool) -> CTE:
    """The next stage: who has no reason yet gets that of the first gate that refuses.

    It is computed once and kept. Otherwise PostgreSQL writes it out at each mention of `reason`.
    """
    others: list[ColumnElement[Any]] = [column for column in stage.c if column.key != "reason"]
    others += [refuses.label(gate.value) for gate, refuses in gates if told]
    refusals = [(refuses, gate.value) for gate, refuses in gates]
    first = case((stage.c.reason.isnot(None), stage.c.reason), *refusals).label("reason")
    number = int(stage.name.removeprefix("gate_")) + len(gates)
    return select(*others, first).cte(f"gate_{number}").prefix_with("MATERIALIZED")


def _already_enrolled(stage: CTE, entry: Entry, moment: Moment) -> ColumnElement[bool]:
    """Inside still, held out before, or back too early; by the customer or by the address.

    Whoever entered later than now did so before the clock was set back, and does not enter again.
    """
    past = enrollment.alias("past")
    inside = past.c.state.in_([EnrollmentState.ACTIVE, EnrollmentState.HOLDOUT])
    blocking: ColumnElement[bool] = or_(inside, past.c.entered_at > moment.as_of)
    if isinstance(entry.reenter, Duration):
        blocking = or_(blocking, past.c.entered_at > moment.calendar.back(moment.as_of, entry.reenter))
    elif entry.reenter != "always":
        blocking = true()
    known = and_(past.c.campaign == entry.campaign, blocking)
    if moment.cut_at is not None:
        known = and_(known, past.c.entered_at < moment.cut_at)
    mine = and_(known, past.c.customer_id == stage.c.customer_id, past.c.subject == stage.c.subject)
    shared = and_(known, past.c.address == stage.c.address, past.c.customer_id != stage.c.customer_id)
    known_here = [select(literal(1)).where(where).exists() for where in (mine, shared)]
    return or_(*known_here, *([] if entry.alone else _entering(stage, entry)))


def _entering(stage: CTE, entry: Entry) -> list[ColumnElement[bool]]:
    """Whether the customer, or another one with the address, enters by another slot of this plan."""
    other = customer.alias("other")
    theirs = other.c.email_address if entry.channel is Channel.EMAIL else other.c.phone_address
    enters = and_(
        DECISION.c.campaign == entry.campaign,
        DECISION.c.idle.is_(None),
        or_(DECISION.c.reason.is_(None), DECISION.c.reason == Gate.HOLDOUT.value),
    )
    mine = and_(enters, DECISION.c.customer_id == stage.c.customer_id, DECISION.c.subject == stage.c.subject)
    sharing = and_(theirs == stage.c.address, other.c.customer_id != stage.c.customer_id)
    shared = select(literal(1)).join_from(other, DECISION, DECISION.c.customer_id == other.c.customer_id)
    return [select(literal(1)).where(mine).exists(), shared.where(sharing, enters).exists()]


def _no_address(stage: CTE, entry: Entry, moment: Moment) -> ColumnElement[bool]:
    return stage.c.address.is_(None)


def _no_consent(stage: CTE, entry: Entry, moment: Moment) -> ColumnElement[bool]:
    if not entry.is_marketing:
        return false()
    return not_consented(stage.c.customer_id, entry.channel, entry.topic, moment)


def not_consented(
    customer_id: ColumnElement[str], channel: consent.Text, topic: consent.Text, moment: Moment
) -> ColumnElement[bool]:
    """Whether the policy forbids marketing to that customer for want of consent."""
    status = consent.status(customer_id, channel, topic, moment.cut_at)
    return status == "unsubscribed" if moment.policy.consent == "assumed" else status != "subscribed"


def _suppressed(stage: CTE, entry: Entry, moment: Moment) -> ColumnElement[bool]:
    return is_suppressed(entry.channel, stage.c.address, moment.cut_at)


def is_suppressed(
    channel: consent.Text, address: ColumnElement[str], as_of: datetime | None
) -> ColumnElement[bool]:
    """Whether the address is on the list of those that must not be used."""
    listed = and_(suppression.c.channel == channel, suppression.c.address == address)
    if as_of is not None:
        listed = and_(listed, suppression.c.at < as_of)
    return select(literal(1)).where(listed).exists()


def _duplicate_address(stage: CTE, entry: Entry, moment: Moment) -> ColumnElement[bool]:
    """All but one of those who share an address and are still in: the one who ordered last stays."""
    still_in = case((stage.c.reason.is_(None), 1), else_=0)
    last_order = (
        select(func.max(orders.c.ordered_at))
        .where(
            orders.c.customer_id == stage.c.customer_id,
            orders.c.status == "completed",
            orders.c.ordered_at < moment.horizon,
        )
        .scalar_subquery()
    )
    among = (stage.c.address, still_in, stage.c.subject)
    recency = case((_shared(stage, entry.channel), func.coalesce(last_order, literal(ALWAYS, Instant))))
    rank = func.row_number().over(partition_by=among, order_by=(recency.desc(), stage.c.customer_id))
    return rank > 1


def _shared(stage: CTE, channel: Channel) -> ColumnElement[bool]:
    """Whether anybody else has the address: only then is the last order worth looking up."""
    other = customer.alias("other")
    theirs = other.c.email_address if channel is Channel.EMAIL else other.c.phone_address
    same = and_(theirs == stage.c.address, other.c.customer_id != stage.c.customer_id)
    return select(literal(1)).where(same).exists()


def _capped(stage: CTE, entry: Entry, moment: Moment) -> ColumnElement[bool]:
    """The customer has had, or is about to get, as many messages as a cap allows."""
    if not entry.is_marketing or not moment.policy.caps:
        return false()
    planned = (
        select(func.count())
        .where(
            DECISION.c.customer_id == stage.c.customer_id,
            DECISION.c.kind == "marketing",
            DECISION.c.reason.is_(None),
            DECISION.c.idle.is_(None),
        )
        .scalar_subquery()
    )
    refused = [used(stage.c.customer_id, moment, cap.per) + planned >= cap.max for cap in moment.policy.caps]
    return or_(*refused)


def used(customer_id: ColumnElement[str], moment: Moment, per: Duration) -> ColumnElement[int]:
    """How many marketing messages of the ledger count against a cap of that length."""
    counted = and_(
        delivery.c.customer_id == customer_id,
        delivery.c.kind == "marketing",
        delivery.c.state.in_(CAPPED),
        func.coalesce(delivery.c.sent_at, delivery.c.not_before) > moment.calendar.back(moment.as_of, per),
    )
    if moment.cut_at is not None:
        counted = and_(counted, delivery.c.created_at < moment.cut_at)
    return select(func.count()).where(counted).scalar_subquery()


def _holdout(stage: CTE, entry: Entry, moment: Moment) -> ColumnElement[bool]:
    if not entry.is_marketing:
        return false()
    return or_(
        held_out(stage.c.bucket, "everything", moment.policy.holdout),
        held_out(stage.c.bucket, f"campaign:{entry.campaign}", entry.holdout),
    )


Asked = Callable[[CTE, Entry, Moment], ColumnElement[bool]]

#: The order changes results, so it is written here and nowhere else. Quiet hours, the last gate,
#: defers and does not refuse: see `quiet.py`.
GATES: tuple[tuple[Gate, Asked], ...] = (
    (Gate.ALREADY_ENROLLED, _already_enrolled),
    (Gate.NO_ADDRESS, _no_address),
    (Gate.NO_CONSENT, _no_consent),
    (Gate.SUPPRESSED, _suppressed),
    (Gate.DUPLICATE_ADDRESS, _duplicate_address),
    (Gate.FREQUENCY_CAP, _capped),
    (Gate.HOLDOUT, _holdout),
)
#: Gates that weigh candidates against the others who are still in.
AMONG_THE_REST = frozenset({Gate.DUPLICATE_ADDRESS})
