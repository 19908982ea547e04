"""What a metric says of itself, and the figure that it gives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Connection

from engine.durations import Duration
from engine.metrics.period import Period
from engine.registry import Registry


class Unit(StrEnum):
    """What a figure counts."""

    PERCENT = "percent"
    MONEY = "money"
    DAYS = "days"
    NUMBER = "number"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount, in minor units of the brand's currency."""

    minor: int


@dataclass(frozen=True, slots=True)
class Ask:
    """What a metric is asked with: the store, the period, and what the brand says of itself."""

    connection: Connection
    period: Period
    currency: str
    lost_after: Duration

    def over(self, period: Period) -> Ask:
        """The same of another period."""
        return Ask(self.connection, period, self.currency, self.lost_after)


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's answer. None: there is nothing to divide by. Money is in minor units, and may be a mean.

    `parts` are the numbers that it is made of, `rows` a table where the metric is one, `interval` the
    95% interval, `note` what a reader must know.
    """

    value: float | None
    parts: Mapping[str, int | float | Money | None] = field(default_factory=dict)
    rows: Sequence[Mapping[str, Any]] = ()
    interval: tuple[float, float] | None = None
    note: str = ""


class Metric(ABC):
    """One measure of how customers stay."""

    #: What people call it, and what it tells them, in a sentence.
    name: ClassVar[str]
    meaning: ClassVar[str]
    formula: ClassVar[str]
    #: Where the formula comes from.
    source: ClassVar[str]
    unit: ClassVar[Unit]
    #: Which way is better: `higher`, `lower`, or neither.
    better: ClassVar[str] = ""
    #: Whether it is held against the period before.
    compared: ClassVar[bool] = True
    #: The extra whose libraries it needs.
    extra: ClassVar[str] = ""

    @abstractmethod
    def measure(self, ask: Ask) -> Figure:
        """The figure, by statements about everybody at once."""


METRICS: Registry[Metric] = Registry("engine.metrics.definitions")


def percent(part: float | None, whole: float | None) -> float | None:
    """The part of the whole in per cent; None of nothing."""
    return None if not whole or part is None else 100 * float(part) / float(whole)


def ratio(part: float | None, whole: float | None) -> float | None:
    """The one over the other; None of nothing."""
    return None if not whole or part is None else float(part) / float(whole)
