"""Amounts in the units in which rules name them."""

from __future__ import annotations

from fractions import Fraction

#: Currencies of the generated shops whose smallest unit is no hundredth.
_WHOLE = ("IRR", "JPY")


def major(minor: int, currency: str) -> Fraction:
    return Fraction(minor, 1 if currency in _WHOLE else 100)
