"""A report in the terminal: tables and small curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.cli import output
from engine.telling.campaign_figures import rates
from engine.telling.figures import Figures
from engine.telling.report_page import HEADLINES
from engine.text import isolated

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_STEPS = "▁▂▃▄▅▆▇█"
_MEASURES = {"visited": "visits", "converted": "purchases", "revenue": "revenue a customer"}


def show(report: Mapping[str, Any]) -> None:
    """What it achieved, from the numbers down to each campaign."""
    console = output.out()
    figures = Figures({**report["brand"], "locale": "en"})
    period = figures.period(report["from"], report["to"])
    console.print(f"{isolated(report['brand']['name'])}: {period}", markup=False, style="bold")
    console.print(
        f"changes are against the period before, from {figures.day(report['before_from'])} on; "
        f"lost: cancelled, or no order for {report['lost_after']}",
        markup=False,
    )
    if any(metric["value"] is not None for metric in report["metrics"].values()):
        _headlines(console, report["metrics"], figures)
        _months(console, report["months"], figures)
        _cohorts(console, report["metrics"], figures)
        _shares(console, report, figures)
    else:
        console.print("nothing to count yet: no order or subscription came before the period's end")
    _campaigns(console, report["campaigns"], figures)
    for one in report["outcomes"]:
        console.print()
        console.print(f"{isolated(one['campaign'])} (ran elsewhere)", markup=False, style="bold")
        _lifts(console, one, figures)


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if not place else "right", no_wrap=True)
    return table


def _headlines(console: Console, metrics: Mapping[str, Any], figures: Figures) -> None:
    console.print()
    table = _table("", "now", "before", "change", "")
    for one in (metrics[key] for key in HEADLINES if metrics[key]["value"] is not None):
        unit = one["unit"]
        before = "" if one["before"] is None else figures.value(one["before"], unit)
        change = figures.change(one.get("change"), unit)
        table.add_row(one["name"], figures.value(one["value"], unit), before, change, figures.turn(one))
    console.print(table)
    kept = metrics["customer_retention_rate"]
    if kept["value"] is not None:
        parts = kept["parts"]
        share = figures.percent(parts["retained_share"])
        console.print(
            f"of {parts['S']:,} customers at the start {parts['retained']:,} are still there ({share}); "
            f"{parts['N']:,} came, {parts['returned']:,} came back",
            markup=False,
        )
    for one in metrics.values():
        if one["value"] is None and one["note"]:
            console.print(f"{one['name']}: {one['note']}", markup=False)


def _months(console: Console, months: Sequence[Mapping[str, Any]], figures: Figures) -> None:
    rows = [row for row in months if not row["unfinished"]]
    if not rows:
        return
    console.print()
    first, last = figures.month(rows[0]["month"]), figures.month(rows[-1]["month"])
    table = _table(f"{first} to {last}, by month", "", "last")
    for name, values, told in (
        ("customers at the start", [row["S"] for row in rows], figures.count(rows[-1]["S"])),
        ("lost", [row["churn"] or 0 for row in rows], figures.percent(rows[-1]["churn"])),
        ("new customers", [row["new"] for row in rows], figures.count(rows[-1]["new"])),
        ("orders", [row["orders"] for row in rows], figures.count(rows[-1]["orders"])),
        ("revenue", [float(row["revenue"]) for row in rows], figures.money(rows[-1]["revenue"], whole=True)),
    ):
        table.add_row(name, sparkline(values), told)
    console.print(table)


def sparkline(values: Sequence[float]) -> str:
    """Small columns from the least to the most; nothing is the lowest."""
    low, high = min(values, default=0), max(values, default=0)
    reach = (high - low) or 1
    return "".join(_STEPS[round((value - low) / reach * (len(_STEPS) - 1))] for value in values)


def _cohorts(console: Console, metrics: Mapping[str, Any], figures: Figures) -> None:
    curve = metrics["retention_curve"]["rows"]
    if len(curve) < 2:
        return
    shares = [row["share"] for row in curve]
    ends = (
        f"{figures.percent(shares[1], 0)} after one, {figures.percent(shares[-1], 0)} after {len(shares) - 1}"
    )
    console.print()
    console.print(f"bought again so many months after the first order: {sparkline(shares[1:])}  {ends}")
    rows = metrics["cohort_retention"]["rows"]
    width = max(len(row["shares"]) for row in rows)
    table = _table("first order, % by month", "customers", *map(str, range(1, width)))
    for row in rows:
        cells = [figures.number(share, 0) for share in row["shares"][1:]]
        if cells and row["unfinished"]:
            cells[-1] += "*"
        table.add_row(figures.month(row["month"]), figures.count(row["customers"]), *cells)
    console.print(table)
    if any(row["unfinished"] and len(row["shares"]) > 1 for row in rows):
        console.print("* the month is not over")


def _shares(console: Console, report: Mapping[str, Any], figures: Figures) -> None:
    metrics = report["metrics"]
    parts = metrics["rfm_distribution"]["parts"]
    if parts["customers"]:
        console.print()
        table = _table("RFM group", "customers", "")
        for name, number in list(parts.items())[1:]:
            table.add_row(
                name.replace("_", " "), f"{number:,}", figures.percent(100 * number / parts["customers"], 0)
            )
        console.print(table)
    sources = metrics["retention_by_source"]["rows"]
    if len(sources) > 1:
        console.print()
        table = _table("kept, by source", "at the start", "")
        for row in sources:
            table.add_row(isolated(row["source"]), f"{row['S']:,}", figures.percent(row["share"]))
        console.print(table)


def _campaigns(console: Console, campaigns: Sequence[Mapping[str, Any]], figures: Figures) -> None:
    if not campaigns:
        return
    console.print()
    table = _table(
        "campaign", "entered", "held out", "sent", "opened", "clicked", "bought", "revenue", "cost"
    )
    for one in campaigns:
        sums = [sum(step[name] for step in one["steps"]) for name in ("sent", "opened", "clicked")]
        counts = (one["entered"], one["held_out"], *sums, one["converted"])
        money = (figures.money(one[name], one["currency"]) for name in ("revenue", "cost"))
        table.add_row(one["campaign"], *map(figures.count, counts), *money)
    console.print(table)
    for one in campaigns:
        if one["lift"]:
            console.print()
            console.print(f"{one['campaign']}, against its holdout", markup=False, style="bold")
            _lifts(console, one, figures)


def _lifts(console: Console, one: Mapping[str, Any], figures: Figures) -> None:
    if not one["lift"]:
        console.print("  no arm of it was left alone, so there is nothing to compare with")
    for lift in one["lift"]:
        name = f"{isolated(lift['arm'])}, {_MEASURES[lift['measure']]}"
        console.print(f"  {name}: {rates(lift, figures, one)}".rstrip(": "), markup=False)
        console.print(f"    {lift['words']}", markup=False)
