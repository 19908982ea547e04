"""Which campaigns are asked to run now, and at which slot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, tuple_

from engine.compose import lint
from engine.compose.library import Library
from engine.policy.entry import Moment
from engine.rules.campaign import Campaign
from engine.settings import Settings
from engine.store.campaigns import Pause, Run
from engine.store.database import table
from engine.store.people import Customer
from engine.vocabulary import RunState

customer, run, pause = table(Customer), table(Run), table(Pause)

#: Occasions that a daemon found this late were missed, where the campaign says `catch_up: skip`.
PROMPT_SECONDS = 300


@dataclass(frozen=True)
class Occasion:
    """One campaign at one slot. `block` says why it must not enroll anybody now; empty: it may.

    `state` is the slot's run's, where it has one: open means that it ran; `held` is why it was held.
    """

    campaign: Campaign
    slot: str
    at: datetime
    zone: str | None = None
    block: str = ""
    waived: bool = False
    state: RunState | None = None
    planned_at: datetime | None = None
    held: str = ""

    @property
    def ran(self) -> bool:
        return self.state is RunState.OPEN


def occasions(
    connection: Connection,
    campaigns: Iterable[Campaign],
    moment: Moment,
    settings: Settings,
    zones: Sequence[str] | None = None,
) -> list[Occasion]:
    """The latest occasion of each campaign, one for each zone where its schedule is the recipient's.

    `zones` are those of everybody, unless they are given.
    """
    found: list[Occasion] = []
    for campaign in campaigns:
        if not campaign.schedule.per_recipient:
            found.append(_occasion(campaign, moment.as_of, settings.brand.timezone, None))
            continue
        if zones is None:
            zones = _zones(connection, settings.brand.timezone)
        found += [_occasion(campaign, moment.as_of, zone, zone) for zone in zones]
    return _with_past(connection, found + _approved(connection, found, moment), moment)


def _approved(connection: Connection, found: Sequence[Occasion], moment: Moment) -> list[Occasion]:
    """Held runs of earlier slots that somebody has approved since."""
    if moment.cut:
        return []
    known = {one.campaign.name: one.campaign for one in found}
    latest = {(one.campaign.name, one.slot) for one in found}
    rows = connection.execute(
        select(run.c.campaign, run.c.slot, run.c.as_of).where(
            run.c.state == RunState.HELD, run.c.approved_at.isnot(None), run.c.campaign.in_(list(known))
        )
    )
    return [
        Occasion(known[row.campaign], row.slot, row.as_of, row.slot.partition("@")[2] or None)
        for row in rows
        if (row.campaign, row.slot) not in latest
    ]


def _occasion(campaign: Campaign, now: datetime, local: str, zone: str | None) -> Occasion:
    at = campaign.schedule.latest(now, local) or campaign.schedule.next(now, local) or now
    return Occasion(campaign, campaign.schedule.slot(at, local), at, zone)


def _zones(connection: Connection, brand_zone: str) -> list[str]:
    local = func.coalesce(func.nullif(customer.c.timezone, ""), brand_zone)
    return sorted(set(connection.execute(select(local).distinct()).scalars()) | {brand_zone})


def _with_past(connection: Connection, found: list[Occasion], moment: Moment) -> list[Occasion]:
    """The occasions with what the ledger knows of them: run already, approved, paused."""
    wanted = tuple_(run.c.campaign, run.c.slot).in_([(o.campaign.name, o.slot) for o in found])
    known = select(run.c.campaign, run.c.slot, run.c.state, run.c.approved_at, run.c.as_of, run.c.held)
    known = known.where(wanted)
    if moment.cut:
        known = known.where(run.c.started_at < moment.as_of)
    past = {(row.campaign, row.slot): row for row in connection.execute(known)} if found else {}
    paused = set(connection.execute(select(pause.c.scope)).scalars()) if not moment.cut else set()
    return [_known(one, past.get((one.campaign.name, one.slot)), paused, moment.as_of) for one in found]


def _known(one: Occasion, past: object, paused: set[str], now: datetime) -> Occasion:
    state = getattr(past, "state", None)
    return Occasion(
        one.campaign,
        one.slot,
        one.at,
        one.zone,
        block=_block(one, paused, now),
        waived=getattr(past, "approved_at", None) is not None,
        state=RunState(state) if state else None,
        planned_at=getattr(past, "as_of", None),
        held=getattr(past, "held", None) or "",
    )


def _block(one: Occasion, paused: set[str], now: datetime) -> str:
    campaign = one.campaign
    if "restored" in paused:
        return "the store is an older one than worked here: `rekindle resume --restored`"
    if "all" in paused:
        return "everything is paused: `rekindle resume --all`"
    if f"campaign:{campaign.name}" in paused:
        return f"the campaign is paused: `rekindle resume {campaign.name}`"
    if campaign.starts is not None and now < campaign.starts:
        return f"the campaign starts on {campaign.starts:%Y-%m-%d}"
    if campaign.ends is not None and now >= campaign.ends:
        return f"the campaign ended on {campaign.ends:%Y-%m-%d}"
    return ""


def writable(chosen: Iterable[Occasion], library: Library) -> list[Occasion]:
    """Those occasions; one whose template nobody could be written to from is blocked until that is mended.

    Otherwise everybody would be enrolled, and skipped for good.
    """
    return [one if one.block else replace(one, block=_unwritable(one.campaign, library)) for one in chosen]


def _unwritable(campaign: Campaign, library: Library) -> str:
    for step in campaign.steps:
        fault = lint.unreadable(library, step.template, step.channel)
        if fault:
            return f"its messages cannot be written: {fault}"
    return ""


def due(
    found: Sequence[Occasion], now: datetime, settings: Settings, rest: timedelta = timedelta(0)
) -> tuple[list[Occasion], list[Occasion]]:
    """Of those occasions, the ones to run now, and the ones that were missed by too much.

    A held run is planned anew, in case what held it has passed, until it is too late for it and no
    sooner than `rest` after the last time.
    """
    over = (RunState.OPEN, RunState.MISSED)
    fresh = [one for one in found if one.state not in over and not one.block and one.at <= now]
    late = [one for one in fresh if not one.waived and _too_late(one, now, settings)]
    missed = [one for one in late if one.state is None]
    return [one for one in fresh if one not in late and not _resting(one, now, rest)], missed


def _resting(one: Occasion, now: datetime, rest: timedelta) -> bool:
    held = one.state is RunState.HELD and not one.waived and one.planned_at is not None
    return held and one.planned_at is not None and now < one.planned_at + rest


def _too_late(one: Occasion, now: datetime, settings: Settings) -> bool:
    lateness = (now - one.at).total_seconds()
    if one.campaign.catch_up == "skip":
        return lateness > PROMPT_SECONDS
    allowed = one.campaign.max_lateness or settings.scheduler.max_lateness
    return lateness > allowed.seconds
