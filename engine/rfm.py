"""Recency, frequency and money: scores from 1 to 5, and their groups, for rules and reports alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

PARTS = 5
SCORES = ("recency", "frequency", "monetary")


class Scores(NamedTuple):
    """The lowest and the highest score of a group in each respect."""

    recency: tuple[int, int] = (1, PARTS)
    frequency: tuple[int, int] = (1, PARTS)
    monetary: tuple[int, int] = (1, PARTS)


#: A customer with an order is in the first group that fits.
GROUPS = {
    "champions": Scores(recency=(4, 5), frequency=(4, 5), monetary=(4, 5)),
    "cannot_lose": Scores(recency=(1, 2), frequency=(4, 5), monetary=(4, 5)),
    "loyal": Scores(recency=(3, 5), frequency=(4, 5)),
    "at_risk": Scores(recency=(1, 2), frequency=(3, 5)),
    "new": Scores(recency=(4, 5), frequency=(1, 1)),
    "promising": Scores(recency=(3, 5)),
    "hibernating": Scores(),
}


def group_of(scores: Sequence[int]) -> str:
    """The name of the group that a customer with those scores is in."""
    return next(name for name, bounds in GROUPS.items() if _within(scores, bounds))


def _within(scores: Sequence[int], bounds: Scores) -> bool:
    return all(low <= score <= high for score, (low, high) in zip(scores, bounds, strict=True))
