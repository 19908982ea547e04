"""What became of a file's rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out. `row_number` counts as an editor does; a CSV's header is row 1."""

    row_number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `bad` are the first 20 rows left out, `reasons` counts all of them.

    `rounded` counts amounts finer than the currency allows; `unusable_email` and
    `unusable_phone` customers whose address was kept and cannot be written to; `repeated` rows whose
    key stood further up in the file already; `notes` are sentences on what else was not as expected.
    """

    kind: str
    file: str
    read: int
    kept: int
    left_out: int
    bad: tuple[BadRow, ...]
    reasons: dict[str, int]
    rounded: int
    unusable_email: int
    unusable_phone: int
    created_customers: int
    repeated: int
    seconds: float
    notes: tuple[str, ...] = ()


class Unreadable(ValueError):
    """A value that cannot be read: `what` is wrong with it in general, for counting."""

    def __init__(self, what: str, text: str = "") -> None:
        self.what = what
        self.text = text
        super().__init__(what)

    def told(self, column: str) -> str:
        return f"{column} {self.text[:60]!r} {self.what}" if self.text else f"{column} {self.what}"


@dataclass
class Tally:
    """The counts of an import while it runs."""

    read: int = 0
    kept: int = 0
    created: int = 0
    repeated: int = 0
    bad: list[BadRow] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)

    SHOWN = 20

    def leave_out(self, number: int, told: str, counted: str) -> None:
        self.reasons[counted] += 1
        if len(self.bad) < self.SHOWN:
            self.bad.append(BadRow(number, told))

    @property
    def left_out(self) -> int:
        return self.reasons.total()
