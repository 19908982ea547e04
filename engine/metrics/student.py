"""Student's t for means of money, whose groups are sometimes small. The normal is the standard library's.

Written out, because a library for it would be a hundred megabytes in the core: the density is integrated
by Simpson's rule, and the quantile found by Newton's, which comes from below and cannot overshoot.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p, pi
from statistics import NormalDist

NORMAL = NormalDist()
#: The two-sided 95% quantile of the normal.
Z = NORMAL.inv_cdf(0.975)
#: From so many degrees of freedom on the normal is the same to nine digits.
_MANY = 1e8
_STEPS = 400
_FAR = 40.0


def within(t: float, freedom: float) -> float:
    """The probability of lying between -t and t."""
    if freedom > _MANY:
        return 2 * NORMAL.cdf(abs(t)) - 1
    end = min(abs(t), _FAR)
    step = end / _STEPS
    inner = (_density(step * place, freedom) * (4 if place % 2 else 2) for place in range(1, _STEPS))
    return min(1.0, 2 * step / 3 * (_density(0, freedom) + sum(inner) + _density(end, freedom)))


def quantile(probability: float, freedom: float) -> float:
    """The t that so much of the probability lies within, on both sides."""
    t = NORMAL.inv_cdf((1 + probability) / 2)
    for _ in range(100):
        missing = probability - within(t, freedom)
        t += missing / (2 * _density(t, freedom))
        if abs(missing) < 1e-13 or t >= _FAR:
            break
    return t


def _density(t: float, freedom: float) -> float:
    if freedom > _MANY:
        return NORMAL.pdf(t)
    scale = lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - log(freedom * pi) / 2
    return exp(scale - (freedom + 1) / 2 * log1p(t * t / freedom))
