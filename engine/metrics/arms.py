"""The groups of an experiment, whoever ran it, and their lifts over the holdout: one code for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.metrics.lift import Answer, Lift, Sums, of_money, of_rates
from engine.money import exponent, to_decimal

#: What all treated arms together are called.
ALL = "all treated"
_DIGITS = 8
_SAID = {
    Answer.NOTHING: "Nobody to compare yet.",
    Answer.WON: "It works: the lift holds however often you look.",
    Answer.HARMED: "It does harm: those left alone did better, and that holds however often you look.",
    Answer.ONCE_WON: "A lift if this is the only look; looked at daily, it cannot be told from nothing yet.",
    Answer.ONCE_HARMED: (
        "It did harm if this is the only look; looked at daily, that cannot be told from nothing yet."
    ),
    Answer.UNTOLD: "It cannot be told from nothing.",
}
_MORE = "About {needed} more customers would show a difference of this size."
_NEVER = "No number of customers that you will have would show so small a difference."
_MOST = 100_000_000


@dataclass(frozen=True, slots=True)
class Arm:
    """One group: its size, how many visited and bought, and its revenue. None: nobody counted."""

    name: str
    holdout: bool
    customers: int
    visited: int | None
    converted: int | None
    spenders: int | None
    revenue: float | None
    squares: float | None

    @property
    def sums(self) -> Sums:
        return Sums(self.customers, self.spenders or 0, self.revenue or 0.0, self.squares or 0.0)


def together(name: str, arms: Sequence[Arm]) -> Arm:
    """Several groups as one."""

    def added(field: str) -> Any:
        values = [getattr(arm, field) for arm in arms]
        return None if None in values else sum(values)

    fields = ("customers", "visited", "converted", "spenders", "revenue", "squares")
    return Arm(name, arms[0].holdout, *(added(field) for field in fields))


def compared(arms: Iterable[Arm], currency: str) -> dict[str, Any]:
    """The groups, and each treated one's lift over the holdout, as plain values."""
    every = sorted(arms, key=lambda arm: (arm.holdout, arm.name))
    treated = [arm for arm in every if not arm.holdout]
    alone = [arm for arm in every if arm.holdout]
    told = {"arms": [_plain(arm, currency) for arm in every], "lift": []}
    if not treated or not alone:
        return told
    control = together(alone[0].name if len(alone) == 1 else "holdout", alone)
    groups = [*treated, together(ALL, treated)] if len(treated) > 1 else treated
    told["lift"] = [one for arm in groups for one in _lifts(arm, control, currency)]
    return told


def _plain(arm: Arm, currency: str) -> dict[str, Any]:
    return {
        "arm": arm.name,
        "holdout": arm.holdout,
        "customers": arm.customers,
        "visited": arm.visited,
        "converted": arm.converted,
        "revenue": None if arm.revenue is None else to_decimal(round(arm.revenue), currency),
    }


def _lifts(arm: Arm, control: Arm, currency: str) -> Iterable[dict[str, Any]]:
    for measure in ("visited", "converted"):
        did, others = getattr(arm, measure), getattr(control, measure)
        if did is not None and others is not None:
            lift = of_rates((did, arm.customers), (others, control.customers))
            yield _told(arm.name, measure, "points", lift, 100.0)
    if arm.revenue is not None and control.revenue is not None:
        scale = 10.0 ** -exponent(currency)
        yield _told(arm.name, "revenue", "money", of_money(arm.sums, control.sums), scale)


def _told(arm: str, measure: str, unit: str, lift: Lift, scale: float) -> dict[str, Any]:
    """A lift in percentage points, or in the currency a customer."""

    def scaled(value: float | None) -> float | None:
        return None if value is None else round(value * scale, _DIGITS)

    def ends(interval: tuple[float, float] | None, by: float = scale) -> list[float] | None:
        return None if interval is None else [round(end * by, _DIGITS) for end in interval]

    money = unit == "money"
    return {
        "arm": arm,
        "measure": measure,
        "unit": unit,
        "treated": scaled(lift.treated),
        "holdout": scaled(lift.holdout),
        "absolute": scaled(lift.absolute),
        "interval": ends(lift.interval),
        "always_interval": ends(lift.always),
        "relative": None if lift.relative is None else round(lift.relative * 100, _DIGITS),
        "relative_interval": ends(lift.relative_interval, 100.0),
        "incremental": None
        if lift.incremental is None
        else round(lift.incremental * (scale if money else 1), 4),
        "statistic": None if lift.statistic is None else round(lift.statistic, 6),
        "p_value": lift.p_value,
        "needed": lift.needed,
        "answer": lift.answer.value,
        "words": words(lift),
    }


def sayings(answer: str, needed: int | None) -> tuple[str, ...]:
    """The sentences that an answer is told in; `{needed}` stands for how many more it would take."""
    more = answer == Answer.UNTOLD and bool(needed)
    return (_SAID[Answer(answer)], *((_MORE if (needed or 0) <= _MOST else _NEVER,) if more else ()))


def words(lift: Lift) -> str:
    """Whether it can be told from nothing, in a sentence or two."""
    return " ".join(sayings(lift.answer, lift.needed)).replace("{needed}", f"{lift.needed or 0:,}")
