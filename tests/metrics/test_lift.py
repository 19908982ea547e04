"""Intervals as the papers print them, and answers that say no more than can be known."""

import random

import pytest

from engine.metrics.lift import Answer, Sums, newcombe, of_money, of_rates
from engine.metrics.sequential import effective, half_width
from engine.metrics.student import Z, quantile, within
from tests.metrics.coverage import covers, money, peeking, rates, share


def test_newcombe_s_own_example() -> None:
    """56 of 70 against 48 of 80, method 10 of the paper's second table."""
    low, high = newcombe((56, 70), (48, 80))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize(
    ("freedom", "expected"), [(1, 12.7062), (2, 4.3027), (10, 2.2281), (30, 2.0423), (1e9, 1.96)]
)
def test_the_quantiles_of_student_s_t_are_those_of_the_tables(freedom: float, expected: float) -> None:
    assert quantile(0.95, freedom) == pytest.approx(expected, abs=5e-5)
    assert within(quantile(0.95, freedom), freedom) == pytest.approx(0.95, abs=1e-9)


def test_to_look_every_day_costs_width_at_every_size() -> None:
    for size in (50, 500, 5_000, 500_000):
        assert half_width(1.0, size) > 1.3 * Z
    assert effective(1000, 1000) == 500
    assert effective(0, 1000) == 0


def test_a_difference_is_told_as_far_as_it_is_known() -> None:
    assert of_rates((300, 1000), (200, 1000)).answer is Answer.WON
    assert of_rates((200, 1000), (300, 1000)).answer is Answer.HARMED
    assert of_rates((240, 1000), (200, 1000)).answer is Answer.ONCE_WON
    assert of_rates((205, 1000), (200, 1000)).answer is Answer.UNTOLD
    assert of_rates((5, 10), (0, 0)).answer is Answer.NOTHING
    few = of_rates((9, 40), (0, 40))
    assert (few.answer, few.always) == (Answer.ONCE_WON, None), "so few cannot be looked at daily"


def test_so_many_more_customers_would_show_it() -> None:
    """With the sample four times as large the error halves; what is needed is counted from there."""
    small, large = of_rates((30, 1000), (25, 1000)), of_rates((120, 4000), (100, 4000))
    assert small.needed is not None
    assert large.needed is not None
    assert small.needed + 2000 == pytest.approx(large.needed + 8000, rel=1e-3)
    assert of_rates((300, 1000), (100, 1000)).needed == 0
    assert of_rates((100, 1000), (100, 1000)).needed is None


def test_money_that_nobody_spent_has_no_interval() -> None:
    nothing = Sums(100, 0, 0.0, 0.0)
    lift = of_money(nothing, nothing)
    assert (lift.answer, lift.absolute, lift.interval) == (Answer.UNTOLD, 0.0, None)
    assert of_money(Sums(1, 1, 5.0, 25.0), nothing).answer is Answer.NOTHING


def test_the_intervals_cover_the_truth_and_daily_looks_do_not_deceive() -> None:
    """A small part of `python -m tests.metrics.coverage`: within what 300 experiments may stray."""
    assert 91.5 < share(300, lambda chance: covers(*rates(chance, 0.1, 0.03, 1000))) < 98.5
    assert 91.5 < share(300, lambda chance: covers(*money(chance, 0.1, 0.02, 1000))) < 98.5
    looks = [peeking(random.Random(seed), days=30, daily=100) for seed in range(100)]
    assert sum(once for once, _ in looks) > 12
    assert sum(always for _, always in looks) <= 6
