"""Codes never meet, cannot be told from one another's neighbours, and can be read aloud."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.offers.codes import SIGNS, Codes

PATTERN = "BACK-????-????"


def test_no_two_codes_are_the_same_in_the_whole_of_a_small_pattern() -> None:
    small = Codes("X???", "key")
    assert len(small) == 8000
    assert len({small.write(serial) for serial in range(8000)}) == 8000


@given(st.integers(0, len(SIGNS) ** 8 - 1), st.integers(0, len(SIGNS) ** 8 - 1))
def test_two_numbers_never_make_one_code(one: int, other: int) -> None:
    codes = Codes(PATTERN, "key")
    assert (codes.write(one) == codes.write(other)) == (one == other)


def test_a_code_says_nothing_of_the_one_before_it() -> None:
    codes = Codes(PATTERN, "key")
    pairs = [(codes.write(n), codes.write(n + 1)) for n in range(2000)]
    alike = sum(a == b for one, two in pairs for a, b in zip(one[5:], two[5:], strict=True) if a != "-")
    assert 600 < alike < 1000, "by chance one sign in twenty is the same: 800 of 16,000"


def test_each_place_has_each_sign_about_as_often() -> None:
    codes = Codes("????-????", "key")
    written = [codes.write(n).replace("-", "") for n in range(4000)]
    for place in range(8):
        counts = [sum(code[place] == sign for code in written) for sign in SIGNS]
        assert 130 < min(counts) <= max(counts) < 270, "200 is the mean"


def test_another_key_makes_other_codes() -> None:
    mine, yours = ({Codes(PATTERN, key).write(n) for n in range(500)} for key in ("a", "b"))
    assert not mine & yours


def test_the_signs_can_be_told_apart() -> None:
    assert len(set(SIGNS)) == len(SIGNS) == 20
    assert not set(SIGNS) & set("01258AEIOUBLNSVZ")


def test_a_pattern_ends() -> None:
    with pytest.raises(ValueError, match="X\\? has 20 codes, and no more"):
        Codes("X?", "key").write(20)
