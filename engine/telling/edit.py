"""What an edit does, in figures: who leaves, stays and enters, with the files that did it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.telling.words import Kind, Row, Words

MOVES: Mapping[str, tuple[Kind, Words]] = {
    "left": (
        "out",
        Words("Leave", "The rule that ran matches them today, and the rule as it is now does not.", ""),
    ),
    "stayed": ("all", Words("Stay", "Both rules match them today.", "")),
    "entered": (
        "send",
        Words("Enter", "The rule as it is now matches them, and the rule that ran does not.", ""),
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A file of which lines or all were changed."""

    name: str
    change: str
    lines: tuple[Mapping[str, Any], ...] = ()


def rows(edit: Mapping[str, Any]) -> list[Row]:
    """Those who leave, stay and enter, end to end: the first two matched before, the last two match now."""
    counts = {key: edit[key] or 0 for key in MOVES}
    whole, start, found = sum(counts.values()) or 1, 0, []
    for key, (kind, said) in MOVES.items():
        count = counts[key]
        share = (start / whole, count / whole)
        start += count
        people = edit["names"].get(key, ())
        found.append(Row(key, kind, said.label, count, *share, said.meaning, said.remedy, people))
    return found


def compared(edit: Mapping[str, Any]) -> bool:
    """Whether people were compared, and some leave or enter."""
    return bool(edit["left"] or edit["entered"])


def parts(edit: Mapping[str, Any]) -> list[Part]:
    """Each file with its changed lines, then each template that was touched."""
    files: dict[str, list[Mapping[str, Any]]] = {}
    for line in edit["lines"]:
        files.setdefault(line["of"], []).append(line)
    found = [Part(name, "changed", tuple(lines)) for name, lines in files.items()]
    return found + [Part(one["path"], one["change"]) for one in edit["templates"]]
