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
            delimiter, told = self._delimiter(file)
            text = io.TextIOWrapper(file.stream, "utf-8-sig", newline="")
            csv.field_size_limit(LONGEST_VALUE)
            reader = csv.reader(text, delimiter=delimiter)
            if told:
                next(reader)
            header = self._header(reader)
            rows, more = _Rows(header, 3 if told else 2), True
            while more:
                more = rows.read(reader, file)
                yield rows.batch(file.fraction)

    def _delimiter(self, file: Opened) -> tuple[str, bool]:
        """What stands between the values, and whether a first line `sep=;` says so, as Excel writes it."""
        first = file.stream.readline(_LONGEST_HEADER + 1)
        if len(first) > _LONGEST_HEADER:
            raise YoursToFix(
                f"{self.path.name} begins with a line of over a million bytes; it needs a header row"
            )
        file.stream.seek(0)
        line = first.decode("utf-8-sig")
        if line[:4].lower() == "sep=" and len(line.rstrip("\r\n")) == 5:
            return line[4], True
        outside = "".join(line.split('"')[::2])
        return max(",;\t|", key=outside.count), False

    def _header(self, reader: Any) -> tuple[str, ...]:
        header = tuple(name.strip() for name in next(reader, []))
        if not any(header):
            raise YoursToFix(f"{self.path.name} is empty; its first row must name the columns")
        if len(header) > MOST_COLUMNS:
            raise YoursToFix(f"{self.path.name} has {len(header):,} columns; {MOST_COLUMNS:,} are the most")
        return header


class _Rows:
    """Collects rows by columns until a batch is full; remembers what number the next row has."""

    def __init__(self, header: tuple[str, ...], first: int) -> None:
        self.header = header
        self.next_number = first
        self._clear()

    def _clear(self) -> None:
        self.columns: list[list[str]] = [[] for _ in self.header]
        self.numbers: list[int] = []
        self.faults: list[tuple[int, str]] = []

    def read(self, reader: Any, file: Opened) -> bool:
        """Fills the batch; False at the end of the file."""
        self._clear()
        start, more = file.position, True
        while more and len(self.numbers) < BATCH_ROWS and file.position - start < BATCH_BYTES:
            more = self._read_some(reader)
        return more

    def _read_some(self, reader: Any) -> bool:
        rows: list[list[str]] = []
        try:
            rows.extend(islice(reader, _AT_ONCE))
        except csv.Error:  # the rows before it were added; the reader goes on with the next line
            self._add(rows)
            told = f"a value is longer than {LONGEST_VALUE:,} characters, or its quote is never closed"
            self.faults.append((self.next_number, told))
            self.next_number += 1
            return True
        self._add(rows)
        return bool(rows)

    def _add(self, rows: list[list[str]]) -> None:
        numbers = range(self.next_number, self.next_number + len(rows))
        self.next_number = numbers.stop
        width = len(self.header)
        if set(map(len, rows)) <= {width}:
            self.numbers += numbers
        else:
            rows = [row for number, row in zip(numbers, rows, strict=True) if self._fits(number, row, width)]
        for column, texts in zip(self.columns, zip(*rows, strict=True), strict=False):
            column += texts

    def _fits(self, number: int, row: list[str], width: int) -> bool:
        """Whether the row has as many values as the header; an empty line is no row."""
        if len(row) == width:
            self.numbers.append(number)
        elif row:
            self.faults.append((number, f"has {len(row)} values where the header has {width}"))
        return len(row) == width

    def batch(self, fraction: float) -> Batch:
        return Batch(self.header, self.columns, self.numbers, self.faults, fraction)
