"""`python -m tests.metrics.coverage`: do the intervals cover the truth as often as they say?

Many experiments whose truth is known, and nothing but the estimators. For each: how often the 95% interval
covers it; how often a campaign that does nothing is called a success; how often that happens to whoever
looks every day and stops at the first success, by the plain interval and by the one that is told.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import exp, log

from engine.metrics.definitions.net_promoter_score import interval as score_interval
from engine.metrics.lift import Answer, Lift, Sums, of_money, of_rates

WON = (Answer.WON, Answer.HARMED)
TOLD = (*WON, Answer.ONCE_WON, Answer.ONCE_HARMED)


@dataclass
class Group:
    """One group's running sums."""

    customers: int = 0
    buyers: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, chance: random.Random, customers: int, rate: float, worth: float) -> None:
        """More customers, who buy at that rate, for about that much (log-normal, as money is)."""
        self.customers += customers
        for _ in range(_draw(chance, customers, rate)):
            spent = round(chance.lognormvariate(0, 0.7) * worth)
            self.buyers += 1
            self.total += spent
            self.squares += spent * spent

    @property
    def sums(self) -> Sums:
        return Sums(self.customers, self.buyers, self.total, self.squares)


def _draw(chance: random.Random, trials: int, rate: float) -> int:
    """A binomial number, by jumps from success to success."""
    found, place = 0, 0
    while True:
        place += int(log(1 - chance.random()) / log(1 - rate)) + 1
        if place > trials:
            return found
        found += 1


def mean_worth(worth: float) -> float:
    """What a purchase of `Group.add` is worth on average."""
    return worth * exp(0.7**2 / 2)


def covers(lift: Lift, truth: float) -> bool:
    """Whether the interval holds the truth."""
    return lift.interval is not None and lift.interval[0] <= truth <= lift.interval[1]


def rates(chance: random.Random, rate: float, more: float, size: int = 3000) -> tuple[Lift, float]:
    """One experiment on a rate, nine treated to one held out, and the truth."""
    treated, alone = Group(), Group()
    treated.add(chance, size * 9 // 10, rate + more, 1)
    alone.add(chance, size // 10, rate, 1)
    return of_rates((treated.buyers, treated.customers), (alone.buyers, alone.customers)), more


def money(chance: random.Random, rate: float, more: float, size: int = 20_000) -> tuple[Lift, float]:
    """One experiment on money a customer, half and half, and the truth."""
    treated, alone = Group(), Group()
    treated.add(chance, size // 2, rate + more, 5000)
    alone.add(chance, size // 2, rate, 5000)
    return of_money(treated.sums, alone.sums), more * mean_worth(5000)


def score(chance: random.Random, answers: int = 150) -> bool:
    """Whether the interval of one survey's score holds the truth, 25."""
    said = [chance.random() for _ in range(answers)]
    low, high = score_interval(sum(one < 0.45 for one in said), sum(one > 0.8 for one in said), answers)
    return low <= 25 <= high


def peeking(chance: random.Random, days: int = 60, daily: int = 200) -> tuple[bool, bool]:
    """A campaign that does nothing, looked at every day: whether the plain interval, and the one that is
    told, ever called it something.
    """
    treated, alone, once, always = Group(), Group(), False, False
    for _ in range(days):
        treated.add(chance, daily // 2, 0.05, 1)
        alone.add(chance, daily // 2, 0.05, 1)
        answer = of_rates((treated.buyers, treated.customers), (alone.buyers, alone.customers)).answer
        once, always = once or answer in TOLD, always or answer in WON
    return once, always


def share(seeds: int, holds: Callable[[random.Random], bool]) -> float:
    """Of so many seeds, the share in per cent for which it holds."""
    return 100 * sum(holds(random.Random(seed)) for seed in range(seeds)) / seeds


def _covered(
    experiment: Callable[..., tuple[Lift, float]], rate: float, more: float, chance: random.Random
) -> bool:
    return covers(*experiment(chance, rate, more))


def results(seeds: int) -> Iterator[tuple[str, float, float, float]]:
    """Each question, its answer in per cent, and between what it must lie."""
    for rate, more in ((0.1, 0.03), (0.02, 0.01), (0.3, 0.0), (0.05, -0.02)):
        found = share(seeds, partial(_covered, rates, rate, more))
        yield f"rates, {rate:.0%} and {more:+.0%}: covered", found, 93.5, 96.5
    for rate, more in ((0.05, 0.01), (0.1, 0.0)):
        found = share(seeds, partial(_covered, money, rate, more))
        yield f"money, {rate:.0%} and {more:+.0%} buy: covered", found, 93.5, 96.5
    yield "net promoter score: covered", share(seeds, score), 93.5, 96.5
    nothing = share(seeds, lambda chance: rates(chance, 0.1, 0.0)[0].answer in TOLD)
    yield "an ineffective campaign is told as something, looked at once", nothing, 3.5, 6.5
    looks = [peeking(random.Random(seed)) for seed in range(seeds)]
    yield (
        "the same, looked at daily by the plain interval",
        100 * sum(one for one, _ in looks) / seeds,
        10,
        100,
    )
    yield "the same, looked at daily as the report tells it", 100 * sum(two for _, two in looks) / seeds, 0, 5


def main() -> int:
    """Prints every result; 1 where one is out of its bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    wrong = 0
    for what, found, low, high in results(parser.parse_args().seeds):
        fine = low <= found <= high
        wrong += not fine
        print(f"{'ok   ' if fine else 'WRONG'} {what}: {found:.1f}% (between {low} and {high})", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
