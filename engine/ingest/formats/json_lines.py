"""JSON Lines: one object a line. Numbers keep the digits they were written with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from engine.errors import YoursToFix
from engine.ingest.source import (
    BATCH_BYTES,
    BATCH_ROWS,
    FORMATS,
    LONGEST_VALUE,
    MOST_COLUMNS,
    Batch,
    Opened,
    Source,
    as_text,
    opened,
)

_LONGEST_LINE = 2**20


@FORMATS.register("jsonl")
class JsonLines(Source):
    """An object's keys are its columns; a key that a row lacks is an empty value."""

    suffixes = (".jsonl", ".jsonl.gz")

    def batches(self) -> Iterator[Batch]:
        with opened(self.path) as file:
            header: dict[str, None] = {}
            number, more = 1, True
            while more:
                lines = _lines(file)
                more = bool(lines)
                yield self._batch(lines, number, header, file.fraction)
                number += len(lines)

    def _batch(self, lines: list[bytes], first: int, header: dict[str, None], fraction: float) -> Batch:
        rows, numbers, faults = [], [], []
        for number, line in enumerate(lines, start=first):
            if not line.strip():
                continue
            try:
                rows.append(_row(line))
                numbers.append(number)
            except _Unusable as fault:
                faults.append((number, str(fault)))
        header.update(dict.fromkeys(key for row in rows for key in row))
        if len(header) > MOST_COLUMNS:
            raise YoursToFix(f"{self.path.name} has over {MOST_COLUMNS:,} different keys")
        columns = [[row.get(name, "") for row in rows] for name in header]
        return Batch(tuple(header), columns, numbers, faults, fraction)


def _lines(file: Opened) -> list[bytes]:
    lines: list[bytes] = []
    start = file.position
    while len(lines) < BATCH_ROWS and file.position - start < BATCH_BYTES:
        some = list(islice(iter(lambda: _line(file), b""), 1_000))
        lines += some
        if len(some) < 1_000:
            break
    return lines


def _line(file: Opened) -> bytes:
    """The next line; of an endless one the beginning."""
    line = file.stream.readline(_LONGEST_LINE + 1)
    rest = line
    while len(rest) > _LONGEST_LINE and not rest.endswith(b"\n"):
        rest = file.stream.readline(_LONGEST_LINE + 1)
    return line


class _Unusable(ValueError):
    """A line that is no row."""


def _row(line: bytes) -> dict[str, str]:
    if len(line) > _LONGEST_LINE:
        raise _Unusable(f"is longer than {_LONGEST_LINE:,} bytes")
    try:
        text = line.decode("utf-8-sig")
        row = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except UnicodeDecodeError:
        raise
    except (ValueError, RecursionError):
        raise _Unusable("is not JSON") from None
    if not isinstance(row, dict):
        raise _Unusable("is not a JSON object")
    row = {key.strip(): as_text(value) for key, value in row.items()}
    if "\\ud" in text or "\\uD" in text:
        _whole(row)
    if len(line) > LONGEST_VALUE and any(len(value) > LONGEST_VALUE for value in row.values()):
        raise _Unusable(f"a value is longer than {LONGEST_VALUE:,} characters")
    return row


def _whole(row: dict[str, str]) -> None:
    try:
        "".join([*row, *row.values()]).encode()
    except UnicodeEncodeError:
        raise _Unusable("holds half a character (a lone surrogate)") from None
