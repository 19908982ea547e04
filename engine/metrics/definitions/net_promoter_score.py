"""Net promoter score, with its interval and the response rate."""

from __future__ import annotations

from math import sqrt
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from engine.metrics.metric import METRICS, Ask, Figure, Metric, Unit, percent
from engine.metrics.purchases import whole
from engine.metrics.standing import flag
from engine.metrics.student import Z
from engine.store.database import table
from engine.store.history import CustomerEvent
from engine.store.types import note_number

_event = table(CustomerEvent)
#: The events: an answer, whose property `score` is 0 to 10, and the question.
ANSWERED, ASKED = "nps_answered", "nps_asked"


@METRICS.register("net_promoter_score")
class NetPromoterScore(Metric):
    """A customer's latest answer of the period counts."""

    name = "net promoter score"
    meaning = "Would they recommend you? Those who answer 9 or 10, less those who answer 0 to 6."
    formula = "100 * (promoters - detractors) / answers"
    source = (
        "Reichheld: The One Number You Need to Grow, Harvard Business Review (December 2003); the interval "
        "is the adjusted one of Bonett and Price, Journal of Educational and Behavioral Statistics 37 (2012)"
    )
    unit = Unit.POINTS
    better = "higher"

    def measure(self, ask: Ask) -> Figure:
        score = _latest(ask).subquery().c.score
        found = ask.connection.execute(
            select(func.count(), func.sum(flag(score >= 9)), func.sum(flag(score < 7))).where(
                score.between(0, 10)
            )
        ).one()
        answers, promoters, detractors = (whole(number) for number in found)
        asked = whole(ask.connection.scalar(_asked(ask)))
        parts: dict[str, int | float | None] = {
            "answers": answers,
            "promoters": promoters,
            "passives": answers - promoters - detractors,
            "detractors": detractors,
            "asked": asked,
            "response_rate": percent(answers, asked),
        }
        value = percent(promoters - detractors, answers)
        return Figure(value, parts, interval=interval(promoters, detractors, answers) if answers else None)


def interval(promoters: int, detractors: int, answers: int) -> tuple[float, float]:
    """The 95% interval of the score; one made-up promoter and detractor keep it honest for few answers."""
    p, d = (promoters + 1) / (answers + 2), (detractors + 1) / (answers + 2)
    reach = Z * sqrt((p + d - (p - d) ** 2) / (answers + 2))
    return max(-100.0, 100 * (p - d - reach)), min(100.0, 100 * (p - d + reach))


def _latest(ask: Ask) -> Select[Any]:
    """Each customer's last answer of the period; nothing for the others."""
    row = _event.c
    place = func.row_number().over(
        partition_by=row.customer_id, order_by=[row.occurred_at.desc(), row.event_id.desc()]
    )
    said = note_number(row.properties, "score")
    every = (
        select(said.label("score"), place.label("place")).where(row.event == ANSWERED, *_held(ask)).subquery()
    )
    return select(case((every.c.place == 1, every.c.score)).label("score"))


def _asked(ask: Ask) -> Select[Any]:
    row = _event.c
    return select(func.count(row.customer_id.distinct())).where(row.event == ASKED, *_held(ask))


def _held(ask: Ask) -> tuple[ColumnElement[bool], ...]:
    at = _event.c.occurred_at
    return at >= ask.period.start, at < ask.period.end
