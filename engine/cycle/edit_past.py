"""The last run of a campaign that was let go, and the rule and the messages that it ran with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from engine.errors import Place, Problem, Problems
from engine.policy.entry import Moment
from engine.rules.campaign import Campaign
from engine.rules.condition import Condition, Reading
from engine.rules.drafts import Draft, draft_of
from engine.store.campaigns import CampaignVersion, Run
from engine.store.database import table
from engine.vocabulary import RunState

run, version = table(Run), table(CampaignVersion)


@dataclass(frozen=True)
class Past:
    """A campaign's last run, summed over the zones of its slot, and the version that it ran."""

    campaign: str
    slot: str
    at: datetime
    version: str
    matched: int
    will_send: int
    document: str
    segments: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True)
class Ruled:
    """A rule that can be evaluated: its condition, and the segments that it is made of."""

    audience: Condition
    segments: Mapping[str, Condition]


def pasts(connection: Connection, names: Iterable[str], moment: Moment) -> dict[str, Past]:
    """The last run of each of those campaigns that has one. Runs that were held or missed are none."""
    rows = connection.execute(_latest(run.c.campaign.in_(list(names)), moment)).mappings()
    found = {row["campaign"]: _past(connection, row, moment) for row in rows}
    return dict(sorted(found.items()))


def abandoned(connection: Connection, known: Iterable[str], moment: Moment) -> list[Past]:
    """The last runs of campaigns that are in no rule file any more, the latest first."""
    rows = connection.execute(_latest(run.c.campaign.not_in(list(known)), moment)).mappings()
    found = {row["campaign"]: _past(connection, row, moment) for row in rows}
    return sorted(found.values(), key=lambda one: (one.at, one.campaign), reverse=True)


def _went(moment: Moment) -> ColumnElement[bool]:
    before = [run.c.started_at < moment.cut_at] if moment.cut_at is not None else []
    return and_(run.c.state == RunState.OPEN, *before)


def _latest(which: ColumnElement[bool], moment: Moment) -> Select[Any]:
    """The row of the latest run; of zones that ran together, the one whose slot comes last."""
    newest = (
        select(run.c.campaign, func.max(run.c.as_of).label("as_of"))
        .where(which, _went(moment))
        .group_by(run.c.campaign)
        .subquery("newest")
    )
    same = and_(run.c.campaign == newest.c.campaign, run.c.as_of == newest.c.as_of)
    kept = and_(version.c.campaign == run.c.campaign, version.c.version == run.c.version)
    rows = select(run, version.c.document, version.c.segments, version.c.templates).join(newest, same)
    return rows.outerjoin(version, kept).where(_went(moment)).order_by(run.c.campaign, run.c.slot)


def _past(connection: Connection, row: Any, moment: Moment) -> Past:
    slot, at, _ = row["slot"].partition("@")
    funnels = [row["funnel"]]
    if at:
        mine = or_(run.c.slot == slot, run.c.slot.startswith(f"{slot}@", autoescape=True))
        zones = select(run.c.funnel).where(run.c.campaign == row["campaign"], mine, _went(moment))
        funnels = list(connection.execute(zones).scalars())
    return Past(
        campaign=row["campaign"],
        slot=slot,
        at=row["as_of"],
        version=row["version"],
        matched=sum((one or {}).get("matched", 0) for one in funnels),
        will_send=sum((one or {}).get("will_send", 0) for one in funnels),
        document=row["document"] or "",
        segments=row["segments"] or {},
        templates=row["templates"] or {},
    )


def read_again(past: Past, reading: Reading) -> Ruled:
    """The rule as it ran, in today's language. Raises Problems."""
    return read_as_it_ran(past.campaign, past.document, past.segments, reading)


def read_as_it_ran(campaign: str, document: str, texts: Mapping[str, str], reading: Reading) -> Ruled:
    """The same of a version's document and its segments'."""
    made = _sound(document, campaign, reading)
    segments = {name: _sound(text, f"segment {name}", reading) for name, text in texts.items()}
    conditions = {name: one.condition for name, one in segments.items() if one.condition is not None}
    for one in (made, *segments.values()):
        for name, place in one.uses():
            if name not in conditions:
                raise Problems([Problem(place, f"there is no segment {name!r}")])
    if made.condition is None or not isinstance(made.rule, Campaign):
        raise Problems([Problem(Place(campaign), "is no campaign")])
    return Ruled(made.condition, conditions)


def _sound(source: str, name: str, reading: Reading) -> Draft:
    made = draft_of(source, name, reading)
    if made.faults:
        raise Problems(made.faults)
    return made
