"""Words of the shop's own data that a rule names, so that `check --data` can look whether they occur."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from engine.rules.text_test import TextTest


class Mention(NamedTuple):
    """A word that stands in a rule: what it is the name of, and how the store would keep it."""

    what: str
    word: str
    kept: str


def named(what: str, word: str | None) -> Iterator[Mention]:
    """One word, where it is given."""
    if word is not None:
        yield Mention(what, word, word)


def of_test(
    what: str, test: TextTest | None, normal: Callable[[str], str] = lambda word: word
) -> Iterator[Mention]:
    """Every whole word that a text test compares with; `normal` makes it what the store keeps."""
    for word in test.named if test is not None else ():
        yield Mention(what, word, normal(word))
