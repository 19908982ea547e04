"""CSV: comma, semicolon, tab or bar between the values, UTF-8 with or without a byte order mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

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
    opened,
)

_AT_ONCE = 1_000
_LONGEST_HEADER = 2**20


@FORMATS.register("csv")
class CsvFile(Source):
    """A header row, then one row a line; quotes may span lines."""

    suffixes = (".csv", ".csv.gz")

    def batches(self) -> Iterator[Batch]:
        with opened(self.path) as file:
            text = io.TextIOWrapper(file.stream, "utf-8-sig", newline="")
            reader = csv.reader(text, delimiter=self._delimiter(file))
            csv.field_size_limit(LONGEST_VALUE)
            header = self._header(reader)
            rows, more = _Rows(header), True
            while more:
                more = rows.read(reader, file)
                yield rows.batch(file.fraction)

    def _delimiter(self, file: Opened) -> str:
        first = file.stream.readline(_LONGEST_HEADER + 1)
        if len(first) > _LONGEST_HEADER:
            raise YoursToFix(
                f"{self.path.name} begins with a line of over a million bytes; it needs a header row"
            )
        file.stream.seek(0)
        outside = "".join(first.decode("utf-8-sig").split('"')[::2])
        return max(",;\t|", key=outside.count)

    def _header(self, reader: Any) -> tuple[str, ...]:
        header = tuple(name.strip() for name in next(reader, []))
        if not any(header):
            raise YoursToFix(f"{self.path.name} is empty; its first row must name the columns")
        if len(header) > MOST_COLUMNS:
            raise YoursToFix(f"{self.path.name} has {len(header):,} columns; {MOST_COLUMNS:,} are the most")
        return header


class _Rows:
    """Collects rows until a batch is full; remembers what number the next row has."""

    def __init__(self, header: tuple[str, ...]) -> None:
        self.header = header
        self.next_number = 2
        self.rows: list[list[str]] = []
        self.faults: list[tuple[int, str]] = []
        self.first = 2

    def read(self, reader: Any, file: Opened) -> bool:
        """Fills the batch; False at the end of the file."""
        self.rows, self.faults, self.first = [], [], self.next_number
        start = file.position
        while len(self.rows) < BATCH_ROWS and file.position - start < BATCH_BYTES:
            before = len(self.rows)
            try:
                self.rows.extend(islice(reader, _AT_ONCE))
            except csv.Error:
                # The rows before it were added; the reader goes on with the next line.
                number = self.first + len(self.rows)
                self.faults.append(
                    (number, f"a value is longer than {LONGEST_VALUE:,} characters, or its quote is open")
                )
                self.rows.append([])
                continue
            if len(self.rows) == before:
                return False
        return True

    def batch(self, fraction: float) -> Batch:
        width, rows = len(self.header), self.rows
        numbers = list(range(self.first, self.first + len(rows)))
        self.next_number = self.first + len(rows)
        if set(map(len, rows)) - {width}:
            whole = [len(row) == width for row in rows]
            self.faults += [
                (number, f"has {len(row)} values where the header has {width}")
                for number, row in zip(numbers, rows, strict=True)
                if row and len(row) != width
            ]
            numbers = [number for number, fits in zip(numbers, whole, strict=True) if fits]
            rows = [row for row, fits in zip(rows, whole, strict=True) if fits]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in self.header]
        return Batch(self.header, columns, numbers, sorted(self.faults), fraction)
