"""The longest that a text can become, in the plain alphabet of SMS and outside of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

from engine.compose import sms

#: Longer than any letter: what is cut off here is too long in any case.
MOST = 300_000


@dataclass(frozen=True, slots=True)
class Worst:
    """The longest text in the plain alphabet, and the longest that has another letter; None: there is none.

    Both matter: one curly quote makes an SMS of 150 letters three, where 160 plain ones are one.
    """

    plain: str | None = ""
    wide: str | None = None

    @property
    def text(self) -> str:
        """The longer of the two."""
        return max(self.plain or "", self.wide or "", key=len)

    @property
    def parts(self) -> sms.Segments:
        """What it costs as SMS, at its dearest."""
        there = [sms.count(one) for one in (self.plain, self.wide) if one is not None]
        return max(there, key=lambda cost: (cost.parts, cost.units))

    def then(self, other: Worst) -> Worst:
        """The one followed by the other."""
        plain = None if self.plain is None or other.plain is None else self.plain + other.plain
        wide = [
            one + rest
            for one, rest in ((self.wide, other.text), (self.text, other.wide))
            if one is not None and rest is not None
        ]
        return Worst(_cut(plain), _cut(max(wide, key=len, default=None)))

    def either(self, other: Worst) -> Worst:
        """Whichever of the two is longer."""
        return Worst(_longer(self.plain, other.plain), _longer(self.wide, other.wide))

    def times(self, number: int) -> Worst:
        """So many of it in a row."""
        room = MOST // max(len(self.text), 1)
        number = max(0, min(number, room))
        if not number:
            return EMPTY
        return self.changed(lambda text: text * number)

    def changed(self, change: Callable[[str], str]) -> Worst:
        """What becomes of it when both are changed alike."""
        return of(change(one) for one in (self.plain, self.wide) if one is not None)


EMPTY = Worst()


def of(texts: Iterable[str]) -> Worst:
    """The longest of these."""
    return reduce(Worst.either, (_one(text) for text in texts), Worst(None, None))


def _one(text: str) -> Worst:
    return Worst(text, None) if sms.is_plain(text) else Worst(None, text)


def _longer(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return other if one is None else one
    return one if len(one) >= len(other) else other


def _cut(text: str | None) -> str | None:
    return text[:MOST] if text is not None else None
