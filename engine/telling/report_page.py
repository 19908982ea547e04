"""The report as one page that a manager prints: it runs no script and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from engine.errors import YoursToFix
from engine.rfm import GROUPS, PARTS
from engine.telling import charts
from engine.telling.campaign_figures import campaign, lifts, telling
from engine.telling.charts import Point
from engine.telling.figures import Figures

#: The headline numbers, in their order; one that says nothing of this shop is left out.
HEADLINES = (
    "customer_retention_rate", "customer_churn_rate", "repeat_purchase_rate", "average_order_value",
    "purchase_frequency", "time_between_orders", "historic_lifetime_value", "predicted_lifetime_value",
    "net_promoter_score", "returning_visitors", "gross_revenue_churn", "net_revenue_churn",
)  # fmt: skip
#: From so dark a cell on the text in it is white.
_DARK = 55


def write_report(report: Mapping[str, Any], file: Path) -> Path:
    """Writes the page; returns the file. Raises YoursToFix where it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(report), encoding="utf-8", errors="replace")
    except OSError as error:
        raise YoursToFix(f"the page cannot be written to {file}: {error.strerror or error}") from None
    return file


def page(report: Mapping[str, Any], home: str = "") -> str:
    """The report as HTML; `home` is where the page leads back to."""
    figures, metrics = Figures(report["brand"]), report["metrics"]
    environment = Environment(
        loader=PackageLoader("engine.telling", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=figures.say, f=figures)
    return environment.get_template("report.html.j2").render(
        report=report,
        home=home,
        metrics=metrics,
        headlines=[_headline(key, metrics[key], figures) for key in HEADLINES if _told(metrics[key])],
        tiles=_tiles(report, figures),
        curve=_curve(metrics["retention_curve"], figures),
        churn=_churn(report["months"], figures),
        heat=_heat(metrics["cohort_retention"]["rows"], figures),
        rfm=_rfm(metrics["rfm_distribution"], figures),
        campaigns=[campaign(one, figures) for one in sorted(report["campaigns"], key=telling)],
        elsewhere=[lifts(one, figures) for one in report["outcomes"]],
        usual=_usual(report, figures),
    )


def _told(metric: Mapping[str, Any]) -> bool:
    return metric["value"] is not None


def _headline(key: str, metric: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
    ends = metric["interval"]
    between = ends and figures.say(
        "{low} to {high}",
        low=figures.value(ends[0], metric["unit"]),
        high=figures.value(ends[1], metric["unit"]),
    )
    return {
        "key": key,
        "name": figures.say(metric["name"]),
        "value": figures.value(metric["value"], metric["unit"]),
        "before": None if metric["before"] is None else figures.value(metric["before"], metric["unit"]),
        "change": figures.change(metric.get("change"), metric["unit"]),
        "turn": figures.turn(metric),
        "interval": between or "",
        "meaning": figures.say(metric["meaning"]),
    }


def _tiles(report: Mapping[str, Any], figures: Figures) -> list[dict[str, Any]]:
    """What the year looked like, in small curves; a month that is not over is left out of them."""
    months = [row for row in report["months"] if not row["unfinished"]]
    if not months:
        return []
    shown = (
        ("customers at the month's start", [row["S"] for row in months], figures.count(months[-1]["S"])),
        (
            "revenue a month",
            [float(row["revenue"]) for row in months],
            figures.money(months[-1]["revenue"], whole=True),
        ),
        ("orders a month", [row["orders"] for row in months], figures.count(months[-1]["orders"])),
        ("new customers a month", [row["new"] for row in months], figures.count(months[-1]["new"])),
    )
    month = figures.month(months[-1]["month"])
    return [
        {
            "name": figures.say(name),
            "value": value,
            "month": month,
            "spark": charts.spark(values, figures.say(name)),
        }
        for name, values, value in shown
    ]


def _curve(metric: Mapping[str, Any], figures: Figures) -> Any:
    points = [
        Point(figures.count(row["month"]), row["share"], figures.percent(row["share"], 0))
        for row in metric["rows"]
    ]
    return charts.line(points, figures.say(metric["meaning"]))


def _churn(months: Sequence[Mapping[str, Any]], figures: Figures) -> Any:
    rows = [row for row in months if row["S"]]
    names = [figures.short_month(row["month"], year=not number) for number, row in enumerate(rows)]
    points = [
        Point(name, row["churn"], figures.percent(row["churn"]), row["unfinished"])
        for name, row in zip(names, rows, strict=True)
    ]
    return charts.bars(points, figures.say("Customer churn by month"))


def _heat(rows: Sequence[Mapping[str, Any]], figures: Figures) -> dict[str, Any]:
    """The cohort table: each cell's share, and how dark it is. The first month is everybody's."""
    later = [share for row in rows for share in row["shares"][1:]]
    top = max(later, default=0) or 1
    told = []
    for row in rows:
        cells = [_cell(share, share / top * 100, figures) for share in row["shares"][1:]]
        if cells and row["unfinished"]:
            cells[-1]["open"] = True
        told.append(
            {
                "month": figures.month(row["month"]),
                "customers": figures.count(row["customers"]),
                "cells": cells,
            }
        )
    return {
        "rows": told,
        "months": [figures.count(n) for n in range(1, max((len(r["cells"]) for r in told), default=0) + 1)],
    }


def _cell(share: float, shade: float, figures: Figures) -> dict[str, Any]:
    dark = round(min(shade, 100) * 0.8)
    return {"text": figures.number(share, 0), "dark": dark, "light": dark > _DARK, "open": False}


def _rfm(metric: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
    """The grid of recency by frequency, and the groups with their shares."""
    cells: dict[tuple[int, int], int] = {}
    for row in metric["rows"]:
        place = row["recency"], row["frequency"]
        cells[place] = cells.get(place, 0) + row["customers"]
    top, everybody = max(cells.values(), default=1), metric["parts"]["customers"]
    grid = [
        {
            "frequency": figures.count(frequency),
            "cells": [
                {
                    **_cell(0, cells.get((recency, frequency), 0) / top * 100, figures),
                    "text": figures.count(cells.get((recency, frequency), 0)),
                }
                for recency in range(1, PARTS + 1)
            ],
        }
        for frequency in range(PARTS, 0, -1)
    ]
    groups = [
        {
            "name": figures.say(name.replace("_", " ")),
            "customers": figures.count(metric["parts"][name]),
            "share": 100 * metric["parts"][name] / everybody if everybody else 0,
            "text": figures.percent(100 * metric["parts"][name] / everybody, 0) if everybody else "",
        }
        for name in GROUPS
    ]
    return {"grid": grid, "groups": groups, "recencies": [figures.count(n) for n in range(1, PARTS + 1)]}


def _usual(report: Mapping[str, Any], figures: Figures) -> list[dict[str, Any]]:
    return [
        {"name": figures.say(name), "rate": figures.percent(rate, 0), "width": rate}
        for name, rate in report["industries"]["customer_retention_rate"].items()
    ]
