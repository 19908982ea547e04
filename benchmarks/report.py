"""The table of a run: measured, floor, ratio, target."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_HEAD = ("what", "store", "measured", "floor", "ratio", "target", "")


@dataclass(frozen=True)
class Line:
    """One comparison. `ratio` is measured / floor; `at_least` or `at_most` is what it should be."""

    area: str
    what: str
    store: str
    unit: str
    measured: float
    floor_name: str = ""
    floor: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    peak_mb: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.measured / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None where there is none. A time without a floor is its own ratio."""
        judged = self.measured if self.floor is None else self.ratio
        if judged is None or (self.at_least is None and self.at_most is None):
            return None
        return (self.at_least is None or judged >= self.at_least) and (
            self.at_most is None or judged <= self.at_most
        )

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else ""


def figure(value: float | None) -> str:
    """Three significant digits, thousands apart."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(lines: Sequence[Line]) -> str:
    """The lines as a table of Markdown, padded so that it reads well in a terminal too."""
    rows = [_row(line) for line in lines]
    widths = [max(len(row[n]) for row in (_HEAD, *rows)) for n in range(len(_HEAD))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_join(row, widths) for row in (_HEAD, rule, *rows))


def _row(line: Line) -> tuple[str, ...]:
    floor = f"{figure(line.floor)} {line.floor_name}" if line.floor is not None else line.floor_name
    memory = f" ({line.peak_mb:.0f} MB)" if line.peak_mb else ""
    verdict = {True: "met", False: "MISSED", None: ""}[line.met]
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    measured = f"{figure(line.measured)} {line.unit}{memory}"
    return (f"{line.area}: {line.what}", line.store, measured, floor, ratio, line.target, verdict)


def _join(row: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"


def save(file: Path, machine: str, lines: Sequence[Line]) -> None:
    """The same as JSON."""
    plain = [asdict(line) | {"ratio": line.ratio, "met": line.met} for line in lines]
    file.write_text(json.dumps({"machine": machine, "lines": plain}, indent=1) + "\n")
