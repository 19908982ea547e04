"""The report: every metric of the shelf over a period and the one before it, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import clock
from engine.durations import Duration
from engine.errors import YoursToFix
from engine.metrics import campaigns
from engine.metrics.credit import Windows
from engine.metrics.metric import METRICS, Ask, Figure, Metric, Money, Unit
from engine.metrics.months import months
from engine.metrics.outcomes import elsewhere
from engine.metrics.period import Period
from engine.money import exponent, to_decimal

#: Averages and shares are given to so many decimals.
DIGITS = 6


#: What is usual, as published; definitions and periods differ from shop to shop.
INDUSTRIES = {
    "professional services": 84,
    "insurance": 83,
    "IT services": 81,
    "telecom": 78,
    "banks": 75,
    "retail": 63,
}
PUBLISHED = "Paddle: Average customer retention rate by industry, 7 top examples (2021)"


def report(ask: Ask, windows: Windows, prices: campaigns.Prices) -> dict[str, Any]:
    """Everything over a period, as plain values: metrics, months, campaigns, what is usual."""
    return {
        "from": clock.iso(ask.period.start),
        "to": clock.iso(ask.period.end),
        "before_from": clock.iso(ask.period.before.start),
        "lost_after": str(ask.lost_after),
        "metrics": measure_all(ask),
        "months": [_row(row, ask.currency) for row in months(ask)],
        "campaigns": campaigns.ours(ask, windows, prices),
        "outcomes": elsewhere(ask.connection),
        "industries": {
            "source": PUBLISHED,
            "customer_retention_rate": INDUSTRIES,
            "yours_by_the_year": _by_the_year(ask),
        },
    }


def _by_the_year(ask: Ask) -> float | None:
    """The retention rate of the year up to the period's end, to hold against what is published."""
    period = ask.period
    year = Period(period.calendar.back(period.end, Duration(1, "year")), period.end, period.calendar)
    value = METRICS["customer_retention_rate"]().measure(ask.over(year)).value
    return _number(value, Unit.PERCENT, ask.currency)


def measure_all(ask: Ask) -> dict[str, dict[str, Any]]:
    """Each metric by its key, with its own words, its figure and the one of the period before."""
    return {key: _measured(METRICS[key](), ask) for key in METRICS}


def _measured(metric: Metric, ask: Ask) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": metric.name,
        "meaning": metric.meaning,
        "formula": metric.formula,
        "source": metric.source,
        "unit": metric.unit.value,
        "better": metric.better,
    }
    try:
        now = metric.measure(ask)
        before = metric.measure(ask.over(ask.period.before)) if metric.compared else None
    except YoursToFix as error:
        if not metric.extra:
            raise
        return {**told, **plain(Figure(None, note=str(error)), metric.unit, ask.currency), "before": None}
    earlier = None if before is None else _number(before.value, metric.unit, ask.currency)
    found = plain(now, metric.unit, ask.currency)
    change = None if earlier is None or found["value"] is None else round(found["value"] - earlier, DIGITS)
    return {**told, **found, "before": earlier, "change": change}


def plain(figure: Figure, unit: Unit, currency: str) -> dict[str, Any]:
    """A figure for JSON: exact amounts as decimal texts, means and shares as numbers."""
    ends = figure.interval
    return {
        "value": _number(figure.value, unit, currency),
        "interval": None if ends is None else [_number(end, unit, currency) for end in ends],
        "parts": {name: _part(part, currency) for name, part in figure.parts.items()},
        "rows": [_row(row, currency) for row in figure.rows],
        "note": figure.note,
    }


def _number(value: float | None, unit: Unit, currency: str) -> float | None:
    if value is None:
        return None
    scale = 10 ** exponent(currency) if unit is Unit.MONEY else 1
    return round(value / scale, DIGITS)


def _row(row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {name: _part(value, currency) for name, value in row.items()}


def _part(value: Any, currency: str) -> Any:
    if isinstance(value, Money):
        return to_decimal(value.minor, currency)
    if isinstance(value, (list, tuple)):
        return [_part(one, currency) for one in value]
    return round(value, DIGITS) if isinstance(value, float) else value
