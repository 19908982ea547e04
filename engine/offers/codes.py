"""Codes that nobody can guess and that never meet: a number, shuffled by a key, written in plain signs.

The shuffle is a Feistel network over the numbers that a pattern can write (NIST SP 800-38G describes
the construction): it takes each number to another one, so two codes of one pattern are never the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

#: Nothing that looks like something else (0 O, 1 I L, 2 Z, 5 S, 8 B, U V, N M), and no vowel: no code is a
#: word, and each can be told by phone sign by sign.
SIGNS = "CDFGHJKMPQRTWXY34679"
BLANK = "?"
_ROUNDS = 8


class Codes:
    """The codes of one pattern, such as `BACK-????-????`."""

    def __init__(self, pattern: str, key: str) -> None:
        self.pattern = pattern
        blanks = pattern.count(BLANK)
        self._left: int = len(SIGNS) ** (blanks // 2)
        self._right: int = len(SIGNS) ** (blanks - blanks // 2)
        self._signs = blanks
        self._key = blake2b(f"{pattern}\0{key}".encode(), digest_size=32).digest()

    def __len__(self) -> int:
        """How many there can be."""
        return self._left * self._right

    def write(self, serial: int) -> str:
        """The code of that number, from 0. Raises ValueError where the pattern has no more."""
        if not 0 <= serial < len(self):
            raise ValueError(f"{self.pattern} has {len(self):,} codes, and no more")
        signs = self._digits(self._shuffled(serial))
        return "".join(next(signs) if sign == BLANK else sign for sign in self.pattern)

    def _shuffled(self, serial: int) -> int:
        left, right = divmod(serial, self._right)
        for turn in range(0, _ROUNDS, 2):
            left = (left + self._mix(turn, right)) % self._left
            right = (right + self._mix(turn + 1, left)) % self._right
        return left * self._right + right

    def _mix(self, turn: int, half: int) -> int:
        text = b"%d:%d" % (turn, half)
        return int.from_bytes(blake2b(text, key=self._key, digest_size=16).digest(), "big")

    def _digits(self, number: int) -> Iterator[str]:
        for _ in range(self._signs):
            number, digit = divmod(number, len(SIGNS))
            yield SIGNS[digit]
