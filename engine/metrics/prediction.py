"""How customers will go on buying: BG/NBD for how often, Gamma-Gamma for how much.

Fader, Hardie and Lee, "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model",
Marketing Science 24 (2005), and Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013). Time is
in weeks. What a fit needs of a customer: `x` repeat purchases, the last of them `recency` weeks after the
first purchase, which was `age` weeks ago; and what the repeat purchases were worth on average.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.errors import YoursToFix

Array = Any  # numpy comes with the extra `predict`, and may be absent


def libraries() -> tuple[Any, Any, Any]:
    """numpy, scipy.special and scipy.optimize. Raises YoursToFix with the command that installs them."""
    try:
        import numpy
        from scipy import optimize, special
    except ImportError:
        raise YoursToFix("predictions need scipy: pip install 'rekindle[predict]'") from None
    return numpy, special, optimize


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Purchases come at random at a rate of their own; after each one a customer may leave for good."""

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, x: Array, recency: Array, age: Array) -> BgNbd:
        """The parameters under which what was seen is likeliest. Raises YoursToFix where none are."""

        def badness(values: Array) -> tuple[float, Array]:
            likelihood, slopes = cls(*values).likelihood(x, recency, age)
            return -likelihood, -slopes

        return cls(*_likeliest(badness, 4))

    def likelihood(self, x: Array, recency: Array, age: Array) -> tuple[float, Array]:
        """The mean log-likelihood of a customer, and its slope by each parameter."""
        numpy, special, _ = libraries()
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        digamma, last = special.digamma, b + numpy.maximum(x, 1) - 1
        there = -(r + x) * numpy.log(alpha + age)
        gone = numpy.log(a) - numpy.log(last) - (r + x) * numpy.log(alpha + recency)
        either = numpy.where(x > 0, numpy.logaddexp(there, gone), there)
        left = numpy.where(x > 0, numpy.exp(gone - either), 0.0)
        counts = special.gammaln(r + x) - special.gammaln(r) + r * numpy.log(alpha)
        told = counts + special.betaln(a, b + x) - special.betaln(a, b) + either
        rates = (1 - left) * numpy.log(alpha + age) + left * numpy.log(alpha + recency)
        pace = (1 - left) / (alpha + age) + left / (alpha + recency)
        both = digamma(a + b) - digamma(a + b + x)
        slopes = (
            digamma(r + x) - digamma(r) + numpy.log(alpha) - rates,
            r / alpha - (r + x) * pace,
            both + left / a,
            both + digamma(b + x) - digamma(b) - left / last,
        )
        return float(told.mean()), numpy.array([float(slope.mean()) for slope in slopes])

    def alive(self, x: Array, recency: Array, age: Array) -> Array:
        """The probability that each customer has not left."""
        numpy, _, _ = libraries()
        more = ((self.alpha + age) / (self.alpha + recency)) ** (self.r + x)
        odds = self.a / (self.b + numpy.maximum(x, 1) - 1) * more
        return 1 / (1 + numpy.where(x > 0, odds, 0.0))

    def expected(self, weeks: float, x: Array, recency: Array, age: Array) -> Array:
        """How many purchases to expect of each customer in the `weeks` to come."""
        _, special, _ = libraries()
        r, alpha, b = self.r, self.alpha, self.b
        a = self.a + 1e-9 if abs(self.a - 1) < 1e-9 else self.a
        share = (alpha + age) / (alpha + age + weeks)
        series = special.hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + age + weeks))
        bought = (a + b + x - 1) / (a - 1) * (1 - share ** (r + x) * series)
        return bought * self.alive(x, recency, age)


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """What a purchase is worth varies around a mean of the customer's own."""

    p: float
    q: float
    gamma: float

    @classmethod
    def fit(cls, x: Array, mean: Array) -> GammaGamma:
        """From those who came again: how often, and the mean of it. Raises YoursToFix."""
        scale = float(mean.mean())

        def badness(values: Array) -> tuple[float, Array]:
            likelihood, slopes = cls(*values).likelihood(x, mean / scale)
            return -likelihood, -slopes

        p, q, gamma = _likeliest(badness, 3)
        return cls(p, q, gamma * scale)

    def likelihood(self, x: Array, mean: Array) -> tuple[float, Array]:
        """The mean log-likelihood of a customer, and its slope by each parameter."""
        numpy, special, _ = libraries()
        p, q, gamma = self.p, self.q, self.gamma
        digamma, all_ = special.digamma, gamma + x * mean
        share, rest = numpy.log(gamma / all_), numpy.log(x * mean / all_)
        told = q * share + p * x * rest - special.betaln(p * x, q) - numpy.log(mean)
        slopes = (
            x * (digamma(p * x + q) - digamma(p * x) + rest),
            digamma(p * x + q) - digamma(q) + share,
            q / gamma - (p * x + q) / all_,
        )
        return float(told.mean()), numpy.array([float(slope.mean()) for slope in slopes])

    def expected(self, x: Array, mean: Array) -> Array:
        """What to expect of each customer's next purchase; without repeats, what everybody's are worth."""
        numpy, _, _ = libraries()
        known = numpy.maximum(self.p * x + self.q - 1, 1e-9)
        return (self.gamma * self.p + self.p * x * numpy.where(x > 0, mean, 0.0)) / known


def _likeliest(badness: Callable[[Array], tuple[float, Array]], count: int) -> list[float]:
    """The positive parameters that make it least, sought on the logarithm; elsewhere where that fails."""
    numpy, _, optimize = libraries()

    def on_logarithms(logs: Array) -> tuple[float, Array]:
        values = numpy.exp(logs)
        value, slopes = badness(values)
        return value, slopes * values

    with numpy.errstate(all="ignore"):
        for start in (0.0, 1.0, -1.0):
            found = optimize.minimize(
                on_logarithms,
                numpy.full(count, start),
                jac=True,
                method="L-BFGS-B",
                bounds=[(-9, 9)] * count,
                options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 1000},
            )
            if numpy.isfinite(found.fun):
                return [float(value) for value in numpy.exp(found.x)]
    raise YoursToFix("what customers bought so far cannot be fitted: predictions need more of them")
