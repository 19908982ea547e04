"""I1: the sum over states is the run's audience; nothing unsettled is past its `send_by`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, cast, func, literal_column, or_, select
from sqlalchemy.sql.elements import ColumnElement

from engine.cycle.doctor.examination import EXAMINATIONS, Patient
from engine.cycle.doctor.invariant import STOP_FIRST, Breach, Invariant, delivery, named
from engine.store.campaigns import Run
from engine.store.database import table
from engine.vocabulary import RunState

run = table(Run)
#: Whoever works the outbox lets late rows expire within two minutes.
_GRACE = timedelta(minutes=10)
#: Written out as the partial indexes are, so that they serve.
_UNSETTLED = or_(
    *(
        literal_column(f"delivery.state {which}")
        for which in ("IN ('planned', 'retry_wait')", "IN ('claimed', 'sending')", "= 'unknown'")
    )
)
_NOBODY_WORKS = (
    "nobody works the outbox: start `rekindle daemon`, or `rekindle run`; the late expire, and are not sent"
)


@EXAMINATIONS.register("i1_whole_audience")
class WholeAudience(Invariant):
    number = "I1"
    means = "A run's rows, over all states, are its audience, and nothing waits past its send_by."

    def breaches(self, patient: Patient) -> Iterator[Breach]:
        yield Breach("more or fewer rows than people", _not_whole(patient), STOP_FIRST, "run")
        yield Breach("with rows, and without a run", _orphans(), STOP_FIRST, "slot")
        late = delivery.c.send_by < patient.now - _GRACE
        yield Breach("unsettled past its send_by", named().where(_UNSETTLED, late), _NOBODY_WORKS)


def _rows() -> Any:
    """How many rows each run has, from an index alone."""
    by = (delivery.c.campaign, delivery.c.slot)
    return select(*by, func.count().label("rows")).group_by(*by).subquery()


def _not_whole(patient: Patient) -> Select[Any]:
    """Held and missed runs have no rows, open ones as many as the plan chose, those who wait included.

    Later steps of a journey are not of the audience: where the rows are more, they are left out.
    """
    rows, ran = _rows(), run.c.state == RunState.OPEN.value
    chosen = _figure(patient, "will_send") + _figure(patient, "deferred", "quiet_hours")
    people = case((ran, chosen), else_=0)
    of_run = and_(delivery.c.campaign == run.c.campaign, delivery.c.slot == run.c.slot)
    first = select(func.count()).where(of_run, delivery.c.step == 0).scalar_subquery()
    there = case((func.coalesce(rows.c.rows, 0) > people, first), else_=func.coalesce(rows.c.rows, 0))
    same = and_(rows.c.campaign == run.c.campaign, rows.c.slot == run.c.slot)
    return (
        select(run.c.campaign, run.c.slot, run.c.state, people.label("people"), there.label("rows"))
        .join_from(run, rows, same, isouter=True)
        .where(run.c.funnel.isnot(None), people != there)
    )


def _figure(patient: Patient, *path: str) -> ColumnElement[int]:
    """A figure of the run's funnel."""
    if patient.database.is_sqlite:
        return func.json_extract(run.c.funnel, f"$.{'.'.join(path)}", type_=BigInteger)
    return cast(func.jsonb_extract_path_text(run.c.funnel, *path), BigInteger)


def _orphans() -> Select[Any]:
    rows = _rows()
    same = and_(rows.c.campaign == run.c.campaign, rows.c.slot == run.c.slot)
    none = run.c.campaign.is_(None)
    return (
        select(rows.c.campaign, rows.c.slot, rows.c.rows).join_from(rows, run, same, isouter=True).where(none)
    )
