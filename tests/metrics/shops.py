"""Stores for the tests of metrics: real sets, and small ones whose answers can be counted on fingers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.durations import Calendar, Duration
from engine.ingest import import_file
from engine.metrics.metric import METRICS, Ask
from engine.metrics.period import Period
from engine.metrics.report import plain
from engine.settings import Brand, Settings
from engine.store.database import Database

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def day(text: str) -> datetime:
    """That day's midnight, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def filled(
    url: str, files: Mapping[str, Path], currency: str, columns: Mapping[str, str] | None = None
) -> Database:
    """A store with those files in it, by their kind."""
    settings = Settings(brand=Brand(currency=currency))
    database = Database(url)
    for kind, file in files.items():
        imported = import_file(database, settings, kind, file, NOW, columns)
        assert not imported.left_out, imported.bad
    return database


def measured(
    database: Database, key: str, start: str, end: str, *, lost_after: str = "1 year", currency: str = "USD"
) -> dict[str, Any]:
    """One metric over a period, as the report has it."""
    period = Period(day(start), day(end), Calendar())
    metric = METRICS[key]()
    with database.read() as connection:
        ask = Ask(connection, period, currency, Duration.parse(lost_after))
        return plain(metric.measure(ask), metric.unit, currency)


def truth(folder: Path, name: str = "ground_truth.json") -> Any:
    """What others computed."""
    return json.loads((folder / name).read_text("utf-8"))
