"""An interval that stays true however often it is looked at, so that a report may be read every day.

A 95% interval covers the truth in 95 of 100 experiments that are looked at once. Whoever looks daily and
stops at the first success is wrong far more often. A confidence sequence covers the truth at every look at
once, in 95 of 100 experiments: Robbins' normal mixture, as in Howard, Ramdas, McAuliffe and Sekhon,
"Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49 (2021), equation
14, with estimated variances after Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central
limit theory and asymptotic confidence sequences", Annals of Statistics 52 (2024). It is what the mSPRT of
Johari, Koomen, Pekelis and Walsh ("Always valid inference", Operations Research 70, 2022) gives when it
is turned into an interval.
"""

from __future__ import annotations

from math import log, sqrt

ALPHA = 0.05
#: The effective size at which the interval is narrowest for what it is: a thousand customers in each of two
#: arms. A constant, because a choice made from the data would break the promise.
TUNED_FOR = 500.0
_MIXTURE = TUNED_FOR / (-2 * log(ALPHA) + log(-2 * log(ALPHA) + 1))


def effective(treated: int, held_out: int) -> float:
    """The size of a comparison of two groups: half of one group's size where they are equal."""
    return treated * held_out / (treated + held_out) if treated and held_out else 0.0


def half_width(error: float, size: float) -> float:
    """Half the interval's width, of an estimate with that standard error from that effective size."""
    spread = 1 + _MIXTURE / size
    return error * sqrt(spread * log((size + _MIXTURE) / (_MIXTURE * ALPHA**2)))
