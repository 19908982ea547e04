"""The dry run: the plan in figures, the names behind them, and what people would read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from engine import clock
from engine.compose.library import Library
from engine.compose.pool import Renderer
from engine.cycle import edit, people, samples
from engine.cycle.letters import Pen
from engine.cycle.occasions import Occasion, due, occasions, writable
from engine.cycle.plan import Plan, plan, scope, verdict_table
from engine.cycle.samples import Sample
from engine.cycle.versions import versions
from engine.policy.entry import Moment
from engine.policy.gates import DECISION
from engine.policy.quiet import QUIET
from engine.rules.campaign import Campaign
from engine.rules.condition import Condition
from engine.rules.loader import RuleBook
from engine.rules.scope import Scope
from engine.settings import Settings
from engine.store.database import Database
from engine.vocabulary import EXCLUDING, Channel, Gate


@dataclass(frozen=True)
class Kit:
    """What a preview works with."""

    database: Database
    settings: Settings
    book: RuleBook
    library: Library
    renderer: Renderer

    @property
    def pen(self) -> Pen:
        return Pen(self.database, self.settings, self.library, self.renderer)

    @property
    def segments(self) -> dict[str, Any]:
        return {name: one.condition for name, one in self.book.segments.items()}


@dataclass(frozen=True)
class Wish:
    """What is asked of a preview: how many samples, one customer's, all the names at one gate."""

    everything: bool = False
    limit: int = 4
    customer: str | None = None
    listed: str | None = None


def preview(kit: Kit, campaigns: Sequence[Campaign], moment: Moment, wish: Wish) -> dict[str, Any]:
    """The dry run of what is due, or of all the given campaigns: `commands.md`'s JSON and more.

    The store is opened read-only. Templates are rendered after it is closed.
    """
    verdicts, desk = verdict_table(len(campaigns), before=True), _desk(kit, moment, wish)
    with kit.database.read(verdicts, DECISION, QUIET) as connection:
        chosen = _chosen(connection, kit, campaigns, moment, wish.everything)
        known = versions({one.campaign.name: one.campaign for one in chosen}.values(), kit.library)
        edits = edit.look(connection, chosen, known, desk)
        before = edit.before(edits)
        made = plan(connection, chosen, known, kit.segments, moment, kit.settings, verdicts, before=before)
        drafts = [_draft(connection, kit, group, moment, wish) for group in _by_campaign(made)]
        since = edit.told(connection, edits, made, verdicts, desk)
    shown = [_finish(kit, draft, moment) for draft in drafts]
    for one in shown:
        one["edit"] = since[one["campaign"]]
    brand = kit.settings.brand
    return {
        "as_of": clock.iso(moment.as_of),
        "brand": {
            "name": brand.name,
            "timezone": brand.timezone,
            "calendar": brand.calendar,
            "currency": brand.currency,
            "locale": brand.locale,
        },
        "campaigns": shown,
        "problems": [],
    }


def _desk(kit: Kit, moment: Moment, wish: Wish) -> edit.Desk:
    return edit.Desk(kit.settings, kit.book, kit.library, kit.segments, moment, wish.listed)


def plans(
    connection: Connection, kit: Kit, campaigns: Sequence[Campaign], moment: Moment, everything: bool
) -> list[Plan]:
    """The plans of what is due, or of all the campaigns, on a connection with the temporary tables."""
    chosen = _chosen(connection, kit, campaigns, moment, everything)
    known = versions({one.campaign.name: one.campaign for one in chosen}.values(), kit.library)
    verdicts = verdict_table(len(campaigns))
    return plan(connection, chosen, known, kit.segments, moment, kit.settings, verdicts)


def _chosen(
    connection: Connection, kit: Kit, campaigns: Sequence[Campaign], moment: Moment, everything: bool
) -> list[Occasion]:
    found = occasions(connection, campaigns, moment, kit.settings)
    chosen = found if everything else due(found, moment.as_of, kit.settings)[0]
    return writable(chosen, kit.library)


def _by_campaign(plans: Sequence[Plan]) -> list[list[Plan]]:
    """A campaign's zones together; those that are held apart from those that go."""
    groups: dict[tuple[str, bool], list[Plan]] = {}
    for one in plans:
        groups.setdefault((one.campaign.name, one.held is None), []).append(one)
    return list(groups.values())


@dataclass(frozen=True)
class _Draft:
    """A campaign's plans, summed over its zones, with what has to be rendered."""

    plans: tuple[Plan, ...]
    audience: tuple[str, ...]
    names: dict[str, list[dict[str, Any]]]
    samples: tuple[Sample, ...]
    measured: tuple[Sample, ...]
    notes: tuple[str, ...]


def _draft(connection: Connection, kit: Kit, group: Sequence[Plan], moment: Moment, wish: Wish) -> _Draft:
    first = group[0]
    gates = [*(gate.value for gate in EXCLUDING), Gate.QUIET_HOURS.value, "will_send"]
    names = {
        gate: people.behind(connection, first, gate, None if gate == wish.listed else 20) for gate in gates
    }
    return _Draft(
        plans=tuple(group),
        audience=tuple(sentences(first.campaign.audience, scope(kit.segments, moment, kit.settings))),
        names=names,
        samples=tuple(samples.pick(connection, kit.pen, first, moment, wish.limit, wish.customer)),
        measured=tuple(samples.measured(connection, kit.pen, first, moment)),
        notes=(*_asked(connection, first, wish), *people.lacking(connection, kit.library, first)),
    )


def _asked(connection: Connection, plan: Plan, wish: Wish) -> list[str]:
    """Where the customer stands whom the preview was asked for, unless the next run writes to them."""
    standing = wish.customer and people.standing(connection, plan, wish.customer)
    if not standing:
        return []
    why = f"rekindle explain {plan.campaign.name} {wish.customer}"
    return [f"customer {wish.customer} would not get this now: {standing}; see: {why}"]


def sentences(condition: Condition, within: Scope) -> list[str]:
    """The rule in English, a sentence for each clause that must hold."""
    return [clause.english(within) for clause in _clauses(condition)]


def _clauses(condition: Condition) -> list[Condition]:
    if condition.key != "all":
        return [condition]
    return [clause for inner in condition.inner for clause in _clauses(inner)]


def _finish(kit: Kit, draft: _Draft, moment: Moment) -> dict[str, Any]:
    one, group = draft.plans[0], draft.plans
    will_send, deferred = sum(p.will_send for p in group), sum(p.deferred for p in group)
    channel = kit.settings.channels.email if one.entry.channel is Channel.EMAIL else kit.settings.channels.sms
    segments, note = _segments(kit, draft, will_send + deferred)
    shown = samples.render(kit.pen, draft.samples)
    parts = segments if one.entry.channel is Channel.SMS else will_send + deferred
    cost = (channel.price * parts).quantize(Decimal("0.01"))
    until = min((p.until for p in group if p.until is not None), default=None)
    held = next((p.held for p in group if p.held is not None), None)
    currency = kit.settings.brand.currency
    return {
        "campaign": one.entry.campaign,
        "describe": one.campaign.describe,
        "stage": one.campaign.stage,
        "kind": one.entry.kind,
        "file": one.campaign.file,
        "schedule": str(one.campaign.schedule),
        "audience": list(draft.audience),
        "version": one.entry.version,
        "slot": max(p.entry.slot.partition("@")[0] for p in group),
        "headline": headline(will_send, deferred, until, _price(cost, currency, segments), moment),
        "matched": sum(p.matched for p in group),
        "excluded": _summed(group),
        "deferred": {Gate.QUIET_HOURS.value: deferred},
        "until": clock.iso(until) if until else None,
        "will_send": will_send,
        "held": held,
        "channels": {one.entry.channel.value: will_send},
        "sms_segments": segments,
        "cost": {"amount": str(cost), "currency": currency},
        "data_as_of": clock.iso(one.data_as_of) if one.data_as_of else None,
        "warnings": [*samples.unwritten(shown), *draft.notes, *note],
        "names": draft.names,
        "samples": shown,
    }


def _summed(group: Sequence[Plan]) -> dict[str, int]:
    return {gate.value: sum(one.excluded[gate.value] for one in group) for gate in EXCLUDING}


def _segments(kit: Kit, draft: _Draft, people_count: int) -> tuple[int, list[str]]:
    """How many SMS parts the run would cost, measured on some hundreds and reckoned from them."""
    if draft.plans[0].entry.channel is not Channel.SMS or not draft.measured:
        return 0, []
    made = samples.render(kit.pen, draft.measured)
    total = sum(one["segments"] for one in made)
    if people_count <= len(made):
        return total, []
    note = f"SMS parts are reckoned from {len(made):,} of {people_count:,} messages"
    return round(total * people_count / len(made)), [note]


def headline(will_send: int, deferred: int, until: datetime | None, cost: str, moment: Moment) -> str:
    """The whole preview in one sentence."""
    zone = moment.calendar.zone
    at = moment.as_of.astimezone(zone)
    if not will_send and not deferred:
        return "Nobody would be written to now."
    parts = [f"{_people(will_send)} today at {at:%H:%M}"]
    if deferred and until is not None:
        later = until.astimezone(zone)
        number, month, _ = moment.calendar.named(until)
        day = "" if later.date() == at.date() else f" on {number} {month}"
        parts.append(f"{_people(deferred, 'waits', 'wait')} for their morning, from {later:%H:%M}{day}")
    return f"{', '.join(parts)}; it costs {cost}."


def _price(cost: Decimal, currency: str, segments: int) -> str:
    if not cost and segments:  # nobody told us the price of one
        return f"{segments:,} SMS {'part' if segments == 1 else 'parts'}"
    return f"{cost} {currency}" if cost else "nothing"


def _people(number: int, one: str = "", many: str = "") -> str:
    verb = (one if number == 1 else many) and f" {one if number == 1 else many}"
    return f"{number:,} {'person' if number == 1 else 'people'}{verb}"
