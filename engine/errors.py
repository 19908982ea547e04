"""Two families of errors: yours to fix (exit code 2) and ours to fix (a bug, exit code 70).

RekindleError
├── YoursToFix          a rule, a setting or data: one sentence and what to do
│   ├── Problems        several of them, each with its place in a file
│   └── Standstill      nothing may go on until a person says so
├── NeedsAttention      it ran, and a person should look (exit code 1)
├── TryAgain            the store is busy or the disk is full (exit code 75)
└── Stopped             by the person at the terminal (exit code 130)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "hint"]


class RekindleError(Exception):
    """A failure whose text is meant for the person at the terminal."""

    exit_code = 70


class YoursToFix(RekindleError):
    """Something in the setup, the rules or the data is wrong; the text says what to change."""

    exit_code = 2


class Standstill(YoursToFix):
    """Nothing may be planned or sent, whatever the campaign; the text says why, and what lets it go on."""


class NeedsAttention(RekindleError):
    """The work was done, and something in it needs a person."""

    exit_code = 1


class TryAgain(RekindleError):
    """Nothing is lost; the same command may work in a while."""

    exit_code = 75


class Stopped(RekindleError):
    """Somebody pressed Ctrl-C; the text says what was done until then."""

    exit_code = 130


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file; line and column count from 1, as editors do. Line 0 is the whole of it."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that `check` found: where, what, and the word that was probably meant."""

    place: Place
    message: str
    hint: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.place}: {self.level}: {self.message}{tail}"


class Problems(YoursToFix):
    """All the problems of a set of files, so that they are mended in one go."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
