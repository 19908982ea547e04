"""A campaign's funnel and lift as a report shows them: widths, charts and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.metrics.arms import sayings
from engine.telling import charts
from engine.telling.charts import Span
from engine.telling.figures import Figures

#: What a lift is of, as a heading.
MEASURES = {
    "visited": "Visited, treated less holdout",
    "converted": "Bought, treated less holdout",
    "revenue": "Revenue a customer, treated less holdout",
}


def telling(one: Mapping[str, Any]) -> tuple[bool, bool, int]:
    """Those first that can be judged, then those with a holdout, then the largest."""
    return not one["lift"], not one["held_out"], -one["entered"]


def campaign(one: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
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
        **lifts(one, figures),
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


def lifts(one: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
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
