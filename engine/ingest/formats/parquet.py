"""Parquet, with pyarrow: read a batch at a time, every value as a CSV would carry it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.errors import YoursToFix
from engine.ingest.source import BATCH_ROWS, FORMATS, MOST_COLUMNS, Batch, Source, as_text


@FORMATS.register("parquet")
class Parquet(Source):
    """Rows are numbered from 1; instants keep their zone, decimals their digits."""

    suffixes = (".parquet",)

    def batches(self) -> Iterator[Batch]:
        try:
            from pyarrow import ArrowException, parquet
        except ImportError:
            raise YoursToFix("a Parquet file needs pyarrow: pip install 'rekindle[parquet]'") from None
        try:
            with parquet.ParquetFile(self.path) as file:
                yield from self._batches(file)
        except (ArrowException, OSError) as error:
            raise YoursToFix(
                f"{self.path.name} is no Parquet file that can be read: {_line(error)}"
            ) from None

    def _batches(self, file: Any) -> Iterator[Batch]:
        header = tuple(file.schema_arrow.names)
        if len(header) > MOST_COLUMNS:
            raise YoursToFix(f"{self.path.name} has {len(header):,} columns; {MOST_COLUMNS:,} are the most")
        total, first = file.metadata.num_rows, 1
        yield Batch(header, [[] for _ in header], [], fraction=0.0)
        for group in file.iter_batches(batch_size=BATCH_ROWS):
            columns = [[_text(value) for value in column.to_pylist()] for column in group.columns]
            numbers = list(range(first, first + group.num_rows))
            first += group.num_rows
            yield Batch(header, columns, numbers, fraction=(first - 1) / total)


def _text(value: Any) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return as_text(value)


def _line(error: Exception) -> str:
    return (str(error).splitlines() or ["unreadable"])[0]
