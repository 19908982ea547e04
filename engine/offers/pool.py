"""A file of codes that the shop's own system has made: one a line, or the column `code`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from engine.errors import YoursToFix

_BATCH = 5_000
_LONGEST = 64


def batches(file: Path) -> Iterator[list[str]]:
    """Its codes in their order, some thousand at a time; what stands there twice comes twice.

    Raises YoursToFix where it cannot be read.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            codes = _codes(csv.reader(text))
            while batch := list(islice(codes, _BATCH)):
                yield batch
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no list of codes"
        raise YoursToFix(f"the codes in {file.name} cannot be read: {why}") from None


def _codes(lines: Iterator[list[str]]) -> Iterator[str]:
    first = next(lines, [])
    heads = [cell.strip().lower() for cell in first]
    column = heads.index("code") if "code" in heads else 0
    for line in lines if "code" in heads else _again(first, lines):
        code = line[column].strip() if len(line) > column else ""
        if 0 < len(code) <= _LONGEST:
            yield code


def _again(first: list[str], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rest
