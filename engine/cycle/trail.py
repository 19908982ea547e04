"""One customer's way through the plan: the very plan that a run makes, for few people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, literal, select, union
from sqlalchemy.sql.selectable import Subquery

from engine.compose.library import Library
from engine.cycle import whom
from engine.cycle.occasions import occasions, writable
from engine.cycle.plan import Focus, Plan, plan, scope
from engine.policy import gates
from engine.policy.entry import Entry, Moment
from engine.policy.gates import DECISION, customer
from engine.policy.quiet import QUIET
from engine.rules.campaign import Campaign
from engine.rules.condition import Condition
from engine.rules.explain import select_truths
from engine.rules.facts import Few
from engine.rules.scope import Scope
from engine.settings import Settings
from engine.vocabulary import EXCLUDING, Gate


@dataclass(frozen=True)
class Outcome:
    """What the plan says of the customer. `row` is the gates' trail, asked even where the rule fails."""

    plan: Plan
    matched: bool
    reason: str | None
    until: datetime | None
    row: Mapping[str, Any]

    @property
    def entry(self) -> Entry:
        return self.plan.entry

    @property
    def chosen(self) -> bool:
        """Whether the customer enters, now or after the quiet hours."""
        return self.matched and self.reason is None

    def refused(self, gate: Gate) -> bool:
        """What the gate itself says."""
        return bool(self.row[gate.value])

    @property
    def first(self) -> Gate | None:
        """The first gate that refuses, or would if the rule matched."""
        return next((gate for gate in EXCLUDING if self.refused(gate)), None)


@dataclass(frozen=True)
class Inquiry:
    """One customer, and all that a plan is made with, on one read-only connection."""

    connection: Connection
    settings: Settings
    library: Library
    segments: Mapping[str, Condition]
    moment: Moment
    verdicts: Table
    customer: Any
    ids: Few
    zones: tuple[str, ...] = field(default=())

    @property
    def customer_id(self) -> str:
        found: str = self.customer.customer_id
        return found

    @property
    def zone(self) -> str:
        """The time zone whose recipient's runs are the customer's."""
        return self.customer.timezone or self.settings.brand.timezone

    @property
    def scope(self) -> Scope:
        """What the rules are evaluated in."""
        return scope(self.segments, self.moment, self.settings)

    def truths(self, campaign: Campaign) -> Mapping[str, Any]:
        """The rule's row for the customer: every clause's truth and what shows it."""
        statement = select_truths(campaign.audience, self.scope, [self.customer_id])
        return dict(self.connection.execute(statement).mappings().one())

    def outcomes(self, campaigns: Sequence[Campaign], moment: Moment) -> dict[str, Outcome]:
        """What each campaign would do with the customer, if all ran at that moment."""
        for one in (self.verdicts, DECISION, QUIET):
            self.connection.execute(one.delete())
        found = occasions(self.connection, campaigns, moment, self.settings, self.zones)
        rows: dict[tuple[str, str], Mapping[str, Any]] = {}

        def watch(entry: Entry, candidates: Subquery) -> None:
            rows[entry.campaign, entry.slot] = self._trail(entry, candidates, moment)

        plans = plan(
            self.connection,
            writable(found, self.library),
            {},
            self.segments,
            moment,
            self.settings,
            self.verdicts,
            focus=Focus(self.ids, watch),
        )
        outcomes: dict[str, Outcome] = {}
        for made in plans:
            if made.entry.zone in (None, self.zone):
                outcome = self._outcome(made, rows[made.entry.campaign, made.entry.slot])
                known = outcomes.get(made.entry.campaign)
                if known is None or (outcome.chosen and not known.chosen):
                    outcomes[made.entry.campaign] = outcome
        return outcomes

    def _trail(self, entry: Entry, candidates: Subquery, moment: Moment) -> Mapping[str, Any]:
        """Every gate's answer for the customer, as a candidate whether or not the rule matches."""
        mine = select(customer.c.customer_id, literal("")).where(customer.c.customer_id == self.customer_id)
        with_me = union(select(candidates.c.customer_id, candidates.c.subject), mine).subquery("candidate")
        asked = gates.trail(entry, with_me, moment).subquery("trail")
        row = select(asked).where(asked.c.customer_id == self.customer_id)
        return dict(self.connection.execute(row).mappings().one())

    def _outcome(self, one: Plan, row: Mapping[str, Any]) -> Outcome:
        decided = select(DECISION.c.reason, DECISION.c.until).where(
            DECISION.c.customer_id == self.customer_id,
            DECISION.c.campaign == one.entry.campaign,
            DECISION.c.slot == one.entry.slot,
        )
        found = self.connection.execute(decided).first()
        return Outcome(
            plan=one,
            matched=found is not None,
            reason=found.reason if found else None,
            until=found.until if found else None,
            row=row,
        )


def inquiry(
    connection: Connection,
    settings: Settings,
    library: Library,
    segments: Mapping[str, Condition],
    moment: Moment,
    verdicts: Table,
    customer_id: str,
) -> Inquiry:
    """Raises YoursToFix for an unknown customer."""
    row = whom.asked(connection, customer_id)
    ids = whom.sharers(connection, row)
    local = select(customer.c.timezone).where(customer.c.customer_id.in_(ids)).distinct()
    brand = settings.brand.timezone
    zones = {zone or brand for zone in connection.execute(local).scalars()} | {brand}
    return Inquiry(connection, settings, library, segments, moment, verdicts, row, ids, tuple(sorted(zones)))
