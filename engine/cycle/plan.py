"""What a cycle would do, as sets: who matched, who is refused at which gate, who waits, who is next.

`plan` only fills temporary tables, so that it runs on a connection that cannot change the store.
Sending commits exactly this; previewing shows exactly this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    and_,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.sql.selectable import Subquery

from engine.cycle.occasions import Occasion
from engine.cycle.promises import Pledges
from engine.policy import guards, quiet
from engine.policy.entry import Entry, Moment, by_priority
from engine.policy.gates import DECISION, customer, funnel
from engine.policy.quiet import QUIET
from engine.rules.campaign import Campaign
from engine.rules.compiler import Scope, select_verdicts
from engine.rules.condition import Condition
from engine.rules.facts import Few
from engine.settings import Settings
from engine.store.types import ByteText
from engine.vocabulary import EXCLUDING, Gate, RunState


@dataclass(frozen=True)
class Plan:
    """One campaign's figures at one slot. `matched` is the sum of all the others."""

    entry: Entry
    campaign: Campaign
    excluded: Mapping[str, int]
    deferred: int
    until: datetime | None
    will_send: int
    held: str | None
    data_as_of: datetime | None

    @property
    def matched(self) -> int:
        return sum(self.excluded.values()) + self.deferred + self.will_send


@dataclass(frozen=True)
class Focus:
    """A plan for some customers only, whose like-addressed neighbours are among them.

    The guards over a whole run cannot be asked then. `watch` sees each entry and its candidates
    before they are decided.
    """

    customer_ids: Few
    watch: Callable[[Entry, Subquery], None]


def verdict_table(size: int, before: bool = False) -> Table:
    """A temporary table of who matches which of so many rules: `customer_id`, `r0`, `r1`, ...

    Where `before`, also of the rules as they ran before an edit: `was0`, `was1`, ...
    """
    columns = [
        Column(f"{side}{number}", Boolean)
        for side in (("r", "was") if before else ("r",))
        for number in range(size)
    ]
    return Table(
        "plan_verdict",
        MetaData(),
        Column("customer_id", ByteText, primary_key=True),
        *columns,
        prefixes=["TEMPORARY"],
    )


def work_tables(occasions: Sequence[Occasion]) -> tuple[Table, ...]:
    """The temporary tables that a plan of these occasions fills."""
    return (verdict_table(len({one.campaign.name for one in occasions})), DECISION, QUIET)


@contextmanager
def working(connection: Connection, tables: Sequence[Table]) -> Iterator[None]:
    """Makes the temporary tables on a connection that writes, and drops them at the end."""
    for one in tables:
        one.create(connection, checkfirst=False)
    yield
    for one in tables:
        one.drop(connection, checkfirst=False)


def plan(
    connection: Connection,
    occasions: Sequence[Occasion],
    versions: Mapping[str, str],
    segments: Mapping[str, Condition],
    moment: Moment,
    settings: Settings,
    verdicts: Table,
    focus: Focus | None = None,
    before: Mapping[str, Condition] | None = None,
) -> list[Plan]:
    """Plans all the occasions of one cycle. The temporary tables hold the names behind the figures.

    `before` are rules as they ran before an edit, by campaign; they are asked in passing.
    """
    numbers = numbered(occasions)
    audiences = {f"r{numbers[one.campaign.name]}": one.campaign.audience for one in occasions}
    audiences |= {f"was{numbers[name]}": rule for name, rule in (before or {}).items()}
    within = replace(scope(segments, moment, settings), only=focus.customer_ids if focus else None)
    _match(connection, audiences, within, verdicts)
    slots = Counter(one.campaign.name for one in occasions)
    by_entry = {_entry(one, versions, moment, slots[one.campaign.name] == 1): one for one in occasions}
    fresh = guards.data_as_of(connection, moment.cut_at)
    held: dict[Entry, str | None] = {}
    pledges = None if focus else Pledges(connection, settings, moment.as_of)
    for entry in by_priority(list(by_entry)):
        candidates = _candidates(verdicts, numbers[entry.campaign], entry, settings)
        if focus is not None:
            focus.watch(entry, candidates)
        _decide(connection, entry, candidates, moment)
        held[entry] = _waits(connection, entry, by_entry[entry], moment, fresh, pledges)
        if held[entry] is not None:
            connection.execute(DECISION.update().where(_of(entry)).values(idle=True))
    _defer(connection, moment)
    figures = _figures(connection)
    return [
        _plan(entry, one, figures.get((entry.campaign, entry.slot), {}), held[entry], fresh)
        for entry, one in by_entry.items()
    ]


def scope(segments: Mapping[str, Condition], moment: Moment, settings: Settings) -> Scope:
    """What the rules are evaluated in."""
    return Scope(
        as_of=moment.as_of,
        calendar=moment.calendar,
        currency=settings.brand.currency,
        segments=segments,
        cut_ledger=moment.cut,
        known=moment.known,
    )


def numbered(occasions: Sequence[Occasion]) -> dict[str, int]:
    """Which rule of the table of verdicts is which campaign's."""
    names = dict.fromkeys(one.campaign.name for one in occasions)
    return {name: number for number, name in enumerate(names)}


def _match(
    connection: Connection, audiences: Mapping[str, Condition], within: Scope, verdicts: Table
) -> None:
    """Evaluates all the rules in one pass."""
    if audiences:
        statement = select_verdicts(audiences, within)
        connection.execute(verdicts.insert().from_select(["customer_id", *audiences], statement))


def _entry(one: Occasion, versions: Mapping[str, str], moment: Moment, alone: bool) -> Entry:
    campaign = one.campaign
    step = campaign.steps[0]
    send_by = moment.calendar.ahead(moment.as_of, campaign.send_by) if campaign.send_by else None
    return Entry(
        campaign=campaign.name,
        slot=one.slot,
        version=versions.get(campaign.name, campaign.version),
        channel=step.channel,
        template=step.template,
        kind=campaign.kind,
        topic=campaign.topic,
        reenter=campaign.reenter,
        holdout=campaign.holdout or Decimal(0),
        priority=campaign.priority,
        promise=campaign.delivery,
        zone=one.zone,
        send_by=send_by,
        alone=alone,
    )


def _candidates(verdicts: Table, number: int, entry: Entry, settings: Settings) -> Subquery:
    rows = select(verdicts.c.customer_id, literal("").label("subject")).where(verdicts.c[f"r{number}"])
    if entry.zone is not None:
        local = func.coalesce(func.nullif(customer.c.timezone, ""), settings.brand.timezone)
        rows = rows.join(customer, customer.c.customer_id == verdicts.c.customer_id)
        rows = rows.where(local == entry.zone)
    return rows.subquery("candidate")


def _decide(connection: Connection, entry: Entry, candidates: Subquery, moment: Moment) -> None:
    statement = funnel(entry, candidates, moment)
    names = [str(column.key) for column in statement.selected_columns]
    connection.execute(DECISION.insert().from_select(names, statement))


def _defer(connection: Connection, moment: Moment) -> None:
    """The last gate: those who are written to in their quiet hours wait until these end."""
    if moment.policy.quiet_hours is None:
        return
    allowed = DECISION.c.reason.is_(None)
    keys = connection.execute(select(DECISION.c.zone_key).where(allowed).distinct()).scalars().all()
    quiet.fill(connection, keys, moment.as_of, moment.policy.quiet_hours, moment.calendar.timezone)
    waits = DECISION.c.zone_key.in_(select(QUIET.c.zone_key))
    connection.execute(DECISION.update().where(allowed, waits).values(until=quiet.until(DECISION.c.zone_key)))


def _figures(connection: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    deferred = DECISION.c.until.isnot(None).label("deferred")
    counted = select(
        DECISION.c.campaign,
        DECISION.c.slot,
        DECISION.c.reason,
        deferred,
        func.count().label("people"),
        func.min(DECISION.c.until).label("until"),
    ).group_by(DECISION.c.campaign, DECISION.c.slot, DECISION.c.reason, deferred)
    figures: dict[tuple[str, str], dict[str, Any]] = {}
    for row in connection.execute(counted):
        cell = figures.setdefault((row.campaign, row.slot), {})
        gate = row.reason or (Gate.QUIET_HOURS.value if row.deferred else "")
        cell[gate] = row.people
        if gate == Gate.QUIET_HOURS:
            cell["until"] = row.until
    return figures


def _plan(
    entry: Entry, one: Occasion, figures: Mapping[str, Any], held: str | None, fresh: datetime | None
) -> Plan:
    return Plan(
        entry=entry,
        campaign=one.campaign,
        excluded={gate.value: figures.get(gate.value, 0) for gate in EXCLUDING},
        deferred=figures.get(Gate.QUIET_HOURS.value, 0),
        until=figures.get("until"),
        will_send=figures.get("", 0),
        held=held,
        data_as_of=fresh,
    )


def _waits(
    connection: Connection,
    entry: Entry,
    one: Occasion,
    moment: Moment,
    fresh: datetime | None,
    pledges: Pledges | None,
) -> str | None:
    """Why the run must not enroll anybody yet; where it may, the codes that it takes are counted."""
    why = _held(connection, entry, one, moment, fresh, pledges is None)
    if why is not None or pledges is None:
        return why
    return pledges.short(one.campaign, _count(connection, entry, DECISION.c.reason.is_(None)))


def _held(
    connection: Connection, entry: Entry, one: Occasion, moment: Moment, fresh: datetime | None, partly: bool
) -> str | None:
    if one.block:
        return one.block
    chosen = DECISION.c.reason.is_(None)
    if one.ran:
        entering = _count(connection, entry, or_(chosen, DECISION.c.reason == Gate.HOLDOUT.value))
        return f"the slot {one.slot} has run already" if entering else None
    if one.waived:
        return None
    if partly and one.state is RunState.HELD:
        return one.held
    number = 0 if partly else _count(connection, entry, chosen)
    limits = guards.Limits(one.campaign.limits.max_audience, one.campaign.limits.max_share)
    return guards.held(connection, entry, limits, moment, number, fresh)


def _count(connection: Connection, entry: Entry, where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).where(_of(entry), where)).scalar_one()


def _of(entry: Entry) -> ColumnElement[bool]:
    return and_(DECISION.c.campaign == entry.campaign, DECISION.c.slot == entry.slot)
