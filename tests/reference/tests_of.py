"""Random tests on numbers, texts, times and noted values: the shared forms of the rule language."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.calendars import parts_of
from tests.reference.pools import LENGTHS, MONTHS, NAMES, VALUES
from tests.reference.shop import Brand
from tests.reference.shops import Maker

COMPARISONS = ("is", "is_not", "at_least", "at_most", "more_than", "less_than")
_PERSIAN = str.maketrans({str(n): chr(0x06F0 + n) for n in range(10)})


@dataclass
class Drawer:
    """What rules are drawn with: dice, the brand, and the instants on which its rows stand."""

    maker: Maker

    @property
    def dice(self) -> random.Random:
        return self.maker.dice

    @property
    def brand(self) -> Brand:
        return self.maker.brand

    def some(self, keys: dict[str, Callable[[], Any]], least: int = 0) -> dict[str, Any]:
        """Some of the keys, in any order, with values made for them."""
        most = min(len(keys), self.dice.choice((least, 1, 1, 1, 1, 2, 3)))
        return {key: keys[key]() for key in self.dice.sample(list(keys), max(least, most))}

    def number(self, pool: Sequence[Any]) -> Any:
        """A number test over that pool."""
        dice = self.dice
        kind = dice.random()
        if kind < 0.15:
            return dice.choice(pool)
        if kind < 0.3:
            return {"between": sorted((dice.choice(pool), dice.choice(pool)), key=float)}
        return {key: dice.choice(pool) for key in dice.sample(COMPARISONS, dice.choice((1, 1, 1, 2)))}

    def count(self) -> Any:
        return self.number((0, 1, 2, 3, 4, 6))

    def amount(self, currency: str | None = None) -> Any:
        """Amounts of orders and their sums, in the units in which a rule names them."""
        minor = (-500, 0, 100, 4999, 5000, 5001, 10000, 15000, 50000)
        whole = (currency or self.brand.currency) == "IRR"
        return self.number([one if whole else _short(one / 100) for one in minor])

    def text(self, pool: Sequence[str]) -> Any:
        """A text test over that pool, with other ways to write its words."""
        dice, kind = self.dice, self.dice.random()
        if kind < 0.25:
            return self.word(pool)
        if kind < 0.4:
            return [self.word(pool) for _ in range(dice.choice((1, 2)))]
        keys = ("is", "is_not", "in", "not_in", "contains", "starts_with", "ends_with", "exists")
        return {key: self._text(key, pool) for key in dice.sample(keys, dice.choice((1, 1, 1, 2)))}

    def _text(self, key: str, pool: Sequence[str]) -> Any:
        if key == "exists":
            return self.dice.choice((True, False))
        if key in ("in", "not_in"):
            return [self.word(pool) for _ in range(self.dice.choice((1, 2)))]
        word = self.word(pool)
        if key in ("is", "is_not"):
            return word
        size = self.dice.randrange(1, len(word) + 1)
        return {"contains": word[size // 2 : size // 2 + 3], "starts_with": word[:size]}.get(
            key, word[-size:]
        )

    def word(self, pool: Sequence[str]) -> str:
        """A word of the pool, now and then with the other ye, a space for a ZWNJ, or Persian digits."""
        word = self.dice.choice(pool)
        if self.dice.random() < 0.3:
            for letter, twin in _TWINS.items():
                word = word.replace(letter, twin)
        return word

    def length(self) -> str:
        return self.dice.choice((*LENGTHS, *MONTHS) if self.dice.random() < 0.15 else self.maker.lengths)

    def window(self) -> dict[str, Any]:
        """The time keys of an aggregate: none, one or two of them."""
        if self.dice.random() < 0.3:
            return {}
        return {key: self._time(key) for key in self.dice.sample(_WINDOW, self.dice.choice((1, 1, 1, 1, 2)))}

    def time(self) -> dict[str, Any]:
        """A time test."""
        if self.dice.random() < 0.15:
            return {self.dice.choice(("ever", "never")): True}
        return {key: self._time(key) for key in self.dice.sample(_WINDOW, self.dice.choice((1, 1, 1, 2)))}

    def _time(self, key: str) -> Any:
        if key in ("before", "after"):
            return self.date()
        return self.age() if key == "ago" else self.length()

    def age(self) -> Any:
        """A number test over durations."""
        kind = self.dice.random()
        if kind < 0.1:
            return self.length()
        if kind < 0.3:
            return {"between": [self.length(), self.length()]}
        keys = self.dice.sample(_AGES, self.dice.choice((1, 1, 2)))
        return {key: self.length() for key in keys}

    def date(self) -> str:
        """A day of the brand's calendar, or an instant on which a row may stand."""
        instant = self.dice.choice(self.maker.moments)
        if self.dice.random() < 0.5:
            return instant.isoformat()
        day = instant.astimezone(ZoneInfo(self.brand.timezone)).date()
        year, month, number = parts_of(day, self.dice.choice((self.brand.calendar, "gregorian")))
        written = f"{year:04}-{month:02}-{number:02}"
        return written.translate(_PERSIAN) if self.dice.random() < 0.2 else written

    def value(self, pool: Sequence[str] = VALUES) -> Any:
        """A test on a noted value: its keys decide how it is read."""
        dice, kind = self.dice, self.dice.random()
        if kind < 0.4:
            return self.number((5, 7, 2.5, -3, 0, 6))
        if kind < 0.75:
            return self.text(pool)
        if kind < 0.8:
            return dice.choice(({"is": True}, {"is_not": False}, [5, 7], {"not_in": [5, 2.5]}, True))
        return self.time()

    def attribute(self) -> dict[str, Any]:
        """A value test, spelled out beside the name that it asks about."""
        test = self.value()
        if isinstance(test, list):
            test = {"in": test}
        elif not isinstance(test, dict):
            test = {"is": test}
        return {"name": self.dice.choice(NAMES), **test}


_WINDOW = ("within",) * 6 + ("older_than",) * 4 + ("ago",) * 5 + ("before", "after", "after", "in_next")
#: Other ways to write the same.
_TWINS = {"ی": "ي", "ك": "ک", "\u200c": " ", "2": "۲", "۷": "٧", "e\u0301": "\u00e9", "\u00e9": "e\u0301"}
_AGES = ("at_least", "at_most", "more_than", "less_than", "at_least", "at_most", "is", "is_not")


def _short(value: float) -> Any:
    return int(value) if value == int(value) else value
