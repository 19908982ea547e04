"""The report as one page that a manager prints: it runs no script and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from engine.errors import YoursToFix
from engine.metrics.arms import sayings
from engine.rfm import GROUPS, PARTS
from engine.telling import charts
from engine.telling.charts import Point, Span
from engine.telling.figures import Figures

#: The headline numbers, in their order; one that says nothing of this shop is left out.
HEADLINES = (
    "customer_retention_rate", "customer_churn_rate", "repeat_purchase_rate", "average_order_value",
    "purchase_frequency", "time_between_orders", "historic_lifetime_value", "predicted_lifetime_value",
    "net_promoter_score", "returning_visitors", "gross_revenue_churn", "net_revenue_churn",
)  # fmt: skip
#: What a lift is of, as a heading.
MEASURES = {
    "visited": "Visited, treated less holdout",
    "converted": "Bought, treated less holdout",
    "revenue": "Revenue a customer, treated less holdout",
}
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
        campaigns=[_campaign(one, figures) for one in sorted(report["campaigns"], key=_telling)],
        elsewhere=[_lifts(one, figures) for one in report["outcomes"]],
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


def _telling(one: Mapping[str, Any]) -> tuple[bool, bool, int]:
    """Those first that can be judged, then those with a holdout, then the largest."""
    return not one["lift"], not one["held_out"], -one["entered"]


def _campaign(one: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
    """A campaign's funnel with the width of each bar, and its lift."""
    sums = {
        name: sum(step[name] for step in one["steps"]) for name in ("sent", "delivered", "opened", "clicked")
    }
    known = [(name, number) for name, number in sums.items() if number]  # without webhooks nothing comes back
    rows = [("entered", one["entered"]), *known, ("bought", one["converted"])]
    top = max([number for _, number in rows] + [1])
    funnel = [
        {"name": figures.say(name), "count": figures.count(number), "width": round(100 * number / top, 1)}
        for name, number in rows
    ]
    others = ("bounced", "unsubscribed", "complained", "failed")
    lost = {name: sum(step[name] for step in one["steps"]) for name in others}
    return {
        **_lifts(one, figures),
        "funnel": funnel,
        "held_out": one["held_out"],
        "waiting": one["waiting"],
        "window": one["window"],
        "revenue": figures.money(one["revenue"], one["currency"]),
        "cost": figures.money(one["cost"], one["currency"]) if Decimal(one["cost"]) else "",
        "codes": one["codes_issued"],
        "redeemed": one["codes_redeemed"],
        "lost": ", ".join(
            f"{figures.count(number)} {figures.say(name)}" for name, number in lost.items() if number
        ),
        "steps": one["steps"] if len(one["steps"]) > 1 else [],
    }


def _lifts(one: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
    """Each measure's chart and sentences."""
    measures = []
    for measure in MEASURES:
        found = [lift for lift in one["lift"] if lift["measure"] == measure]
        drawn = [_span(lift, figures, one["currency"]) for lift in found if lift["interval"]]
        if found:
            name = figures.say(MEASURES[measure])
            measures.append(
                {
                    "name": name,
                    "chart": charts.intervals(drawn, f"{one['campaign']}: {name}", figures.count(0)),
                    "words": [
                        (lift["arm"], verdict(lift, figures), rates(lift, figures, one)) for lift in found
                    ],
                }
            )
    return {"campaign": one["campaign"], "arms": one["arms"], "measures": measures}


def _span(lift: Mapping[str, Any], figures: Figures, currency: str) -> Span:
    wide = lift["always_interval"]
    low, high = lift["interval"]
    text = _amount(lift["absolute"], lift, figures, currency)
    return Span(
        figures.say(lift["arm"]), lift["absolute"], low, high, text, (wide[0], wide[1]) if wide else None
    )


def _amount(value: float, lift: Mapping[str, Any], figures: Figures, currency: str) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    if lift["unit"] == "money":
        number, _, rest = figures.money(abs(value), currency).partition(" ")
        return f"{figures.signed(sign, number)} {rest}"
    return figures.say("{number} points", number=figures.signed(sign, figures.number(abs(value), 2)))


def verdict(lift: Mapping[str, Any], figures: Figures) -> str:
    """Whether it can be told from nothing, and how many more it would take."""
    said = sayings(lift["answer"], lift["needed"])
    return " ".join(figures.say(one).replace("{needed}", figures.count(lift["needed"])) for one in said)


def rates(lift: Mapping[str, Any], figures: Figures, one: Mapping[str, Any]) -> str:
    """`18.48% against 10.28%: +8.20 points, 95% between 7.26 and 9.14`."""
    if lift["interval"] is None:
        return ""
    money = lift["unit"] == "money"
    both = [
        figures.money(lift[who], one["currency"]) if money else figures.percent(lift[who], 2)
        for who in ("treated", "holdout")
    ]
    ends = [figures.number(end, 2) for end in lift["interval"]]
    return figures.say(
        "{treated} against {holdout}: {lift}, 95% between {low} and {high}",
        treated=both[0],
        holdout=both[1],
        lift=_amount(lift["absolute"], lift, figures, one["currency"]),
        low=ends[0],
        high=ends[1],
    )


def _usual(report: Mapping[str, Any], figures: Figures) -> list[dict[str, Any]]:
    return [
        {"name": figures.say(name), "rate": figures.percent(rate, 0), "width": rate}
        for name, rate in report["industries"]["customer_retention_rate"].items()
    ]
