"""Lift: what the treated did more than the holdout, how sure that is, and how many more it would take.

Rates: the interval of Newcombe, "Interval estimation for the difference between independent proportions:
comparison of eleven methods", Statistics in Medicine 17 (1998), method 10, from the score intervals of
Wilson (1927). Money: Welch, Biometrika 34 (1947). Relative lift: the delta method on the logarithm of the
ratio, Katz et al., Biometrics 34 (1978). Looking daily: see `sequential`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, erfc, exp, log, sqrt

from engine.metrics import sequential
from engine.metrics.student import NORMAL, Z, quantile, within

Interval = tuple[float, float]
#: The power with which the sample size still needed would tell the lift as it was seen.
POWER = 0.8
#: So many must have done it in each group before the sequence speaks: its error is estimated.
ENOUGH = 20


class Answer(StrEnum):
    """What can be said. `won` and `harmed` hold however often one looks; `once` only for a single look."""

    WON = "won"
    HARMED = "harmed"
    ONCE_WON = "won_if_looked_at_once"
    ONCE_HARMED = "harmed_if_looked_at_once"
    UNTOLD = "cannot_be_told_from_nothing"
    NOTHING = "nobody_to_compare"


@dataclass(frozen=True, slots=True)
class Lift:
    """Treated minus holdout. Rates are shares of one; money is in minor units a customer.

    `needed` is how many more customers, in all and in the same proportion, would show a lift of this size
    four times in five; 0 where there are enough, None where no number would.
    """

    treated: float | None
    holdout: float | None
    answer: Answer
    absolute: float | None = None
    interval: Interval | None = None
    relative: float | None = None
    relative_interval: Interval | None = None
    always: Interval | None = None
    statistic: float | None = None
    p_value: float | None = None
    needed: int | None = None
    incremental: float | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """One group's money: how many customers, who spent, the sum, and the sum of squares."""

    customers: int
    spenders: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.customers

    @property
    def variance_of_mean(self) -> float:
        spread = max(0.0, self.squares - self.customers * self.mean**2)
        return spread / (self.customers - 1) / self.customers


def wilson(part: int, whole: int, z: float = Z) -> Interval:
    """The score interval of a share."""
    share = part / whole
    middle = share + z * z / (2 * whole)
    reach = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return (middle - reach) / scale, (middle + reach) / scale


def newcombe(treated: tuple[int, int], held_out: tuple[int, int]) -> Interval:
    """The interval of the difference of two shares, each as (part, whole)."""
    (a, n), (b, m) = treated, held_out
    (low1, high1), (low2, high2) = wilson(a, n), wilson(b, m)
    p, q = a / n, b / m
    return p - q - sqrt((p - low1) ** 2 + (high2 - q) ** 2), p - q + sqrt((high1 - p) ** 2 + (q - low2) ** 2)


def of_rates(treated: tuple[int, int], held_out: tuple[int, int]) -> Lift:
    """The lift of a rate, from (how many did it, how many there were) of each group."""
    (a, n), (b, m) = treated, held_out
    if not (n and m):
        return Lift(a / n if n else None, b / m if m else None, Answer.NOTHING)
    p, q, pooled = a / n, b / m, (a + b) / (n + m)
    error = sqrt(p * (1 - p) / n + q * (1 - q) / m)
    spread = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    z = (p - q) / spread if spread else 0.0
    always = None
    if min(a, b) >= ENOUGH and min(n - a, m - b) >= ENOUGH:
        always = _always(p - q, error, n, m)
    interval = newcombe(treated, held_out)
    return Lift(
        treated=p,
        holdout=q,
        answer=_answer(interval, always),
        absolute=p - q,
        interval=interval,
        relative=p / q - 1 if b else None,
        relative_interval=_ratio(p / q, sqrt((1 - p) / a + (1 - q) / b)) if a and b else None,
        always=always,
        statistic=z,
        p_value=erfc(abs(z) / sqrt(2)),
        needed=_needed(p - q, error, n + m),
        incremental=(p - q) * n,
    )


def of_money(treated: Sums, held_out: Sums) -> Lift:
    """The lift of money a customer, those who spent nothing among them."""
    n, m = treated.customers, held_out.customers
    if n < 2 or m < 2:
        return Lift(treated.mean if n else None, held_out.mean if m else None, Answer.NOTHING)
    p, q = treated.mean, held_out.mean
    v, w = treated.variance_of_mean, held_out.variance_of_mean
    error = sqrt(v + w)
    if not error:
        return Lift(p, q, Answer.UNTOLD, p - q, incremental=(p - q) * n)
    freedom = (v + w) ** 2 / (v * v / (n - 1) + w * w / (m - 1))
    reach = quantile(0.95, freedom) * error
    interval = (p - q - reach, p - q + reach)
    enough = min(treated.spenders, held_out.spenders) >= ENOUGH
    always = _always(p - q, error, n, m) if enough else None
    both = p > 0 and q > 0
    return Lift(
        treated=p,
        holdout=q,
        answer=_answer(interval, always),
        absolute=p - q,
        interval=interval,
        relative=p / q - 1 if q > 0 else None,
        relative_interval=_ratio(p / q, sqrt(v / p**2 + w / q**2)) if both else None,
        always=always,
        statistic=(p - q) / error,
        p_value=1 - within((p - q) / error, freedom),
        needed=_needed(p - q, error, n + m),
        incremental=(p - q) * n,
    )


def _always(difference: float, error: float, n: int, m: int) -> Interval:
    reach = sequential.half_width(error, sequential.effective(n, m))
    return difference - reach, difference + reach


def _ratio(ratio: float, error: float) -> Interval:
    """The interval of a relative lift."""
    return exp(log(ratio) - Z * error) - 1, exp(log(ratio) + Z * error) - 1


def _needed(difference: float, error: float, there: int) -> int | None:
    """How many more it takes, all else as it was."""
    if not difference or not error:
        return None
    times = ((Z + NORMAL.inv_cdf(POWER)) * error / difference) ** 2
    return max(0, ceil(there * (times - 1)))


def _answer(once: Interval, always: Interval | None) -> Answer:
    if always is not None and always[0] > 0:
        return Answer.WON
    if always is not None and always[1] < 0:
        return Answer.HARMED
    if once[0] > 0:
        return Answer.ONCE_WON
    return Answer.ONCE_HARMED if once[1] < 0 else Answer.UNTOLD
