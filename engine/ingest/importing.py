"""One file's way into the store: open, name the columns, and batch by batch read and merge."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, insert

from engine.errors import YoursToFix
from engine.ingest.columns import Columns
from engine.ingest.kind import KINDS, Kind
from engine.ingest.merge import Merge
from engine.ingest.reading import Reading
from engine.ingest.source import open_source
from engine.ingest.tally import Imported, Tally
from engine.settings import ImportMap, Settings
from engine.store.database import Database, table
from engine.store.history import ImportRecord
from engine.text import did_you_mean

#: Called after each batch with the rows read so far, and the fraction of the file.
Progress = Callable[[int, float], None]

#: How many kinds of remark are told.
_REMARKS = 20


def importable() -> list[str]:
    """What can be imported."""
    return list(KINDS)


def import_file(
    database: Database,
    settings: Settings,
    kind: str,
    path: Path,
    now: datetime,
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Brings a file's rows into a store that is ready, and keeps what can be kept.

    `columns` maps names of theirs to ours, beside those of `import:` in the settings. What was read
    before a fault is kept, and importing a file again is harmless. Raises YoursToFix.
    """
    started = time.monotonic()
    chosen = _kind(kind)
    source = open_source(path)
    named = Columns(path.name, kind, chosen, settings.imports.get(kind, ImportMap()), columns or {})
    reader, tally = chosen(Reading(settings.brand, now)), Tally()
    size = path.stat().st_size
    with _without_collector(), Merge(database, reader, tally) as merge:
        for batch in source.batches():
            merge.take(named.sheet(batch, tally), batch.faults)
            if progress:
                progress(tally.read, batch.fraction)
    if path.stat().st_size != size:
        named.notes.append(f"{path.name} changed while it was read; import it again when it is whole")
    _record(database, kind, path, now, tally)
    return _told(kind, path, tally, named.notes, time.monotonic() - started)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Rows are lists of texts, without a cycle among them: to look for one takes a tenth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _kind(name: str) -> type[Kind]:
    if name not in KINDS:
        raise YoursToFix(f"{name!r} is nothing that can be imported; {did_you_mean(name, KINDS)}")
    return KINDS[name]


def _record(database: Database, kind: str, path: Path, now: datetime, tally: Tally) -> None:
    records = table(ImportRecord)
    key = (records.c.kind == kind) & (records.c.finished_at == now) & (records.c.file == path.name)
    row = {
        "kind": kind,
        "finished_at": now,
        "file": path.name,
        "kept": tally.kept,
        "left_out": tally.left_out,
    }
    with database.write() as connection:
        connection.execute(delete(records).where(key))
        connection.execute(insert(records).values(row))


def _told(kind: str, path: Path, tally: Tally, notes: list[str], seconds: float) -> Imported:
    if tally.repeated:
        notes = [*notes, _again(tally.repeated)]
    common = tally.remarks.most_common(_REMARKS)
    remarks = [f"{count:,} {'time' if count == 1 else 'times'}: {remark}" for remark, count in common]
    return Imported(
        kind=kind,
        file=str(path),
        read=tally.read,
        kept=tally.kept,
        left_out=tally.left_out,
        bad=tuple(sorted(tally.bad, key=lambda row: row.row_number)),
        reasons=dict(tally.reasons.most_common()),
        rounded=tally.counts["rounded"],
        unusable_email=tally.counts["unusable_email"],
        unusable_phone=tally.counts["unusable_phone"],
        created_customers=tally.created,
        repeated=tally.repeated,
        seconds=seconds,
        notes=(*notes, *remarks),
    )


def _again(rows: int) -> str:
    if rows == 1:
        return "1 row was given again further down in the file; the last one counts"
    return f"{rows:,} rows were given again further down in the file; the last ones count"
