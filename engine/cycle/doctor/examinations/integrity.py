"""The store's file or its indexes are whole."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from engine.cycle.doctor.examination import EXAMINATIONS, EXAMPLES, Examination, Finding, Patient

_DAMAGED, _UNFIT = "the database says that it is damaged", "the database says that indexes are not valid"
_RESTORE = (
    "stop everything that uses the store, keep a copy of its file, and restore a backup; "
    "see docs/operations.md. Never delete it: what was sent stands nowhere else"
)
_REINDEX = "`REINDEX INDEX` each of them; see docs/operations.md"
_INVALID = text(
    "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE NOT (i.indisvalid AND i.indisready) ORDER BY 1"
)


@EXAMINATIONS.register("integrity")
class Integrity(Examination):
    family = "installation"
    means = "The store is whole, as far as the database itself can tell."

    def examine(self, patient: Patient) -> Iterator[Finding]:
        with patient.database.read() as connection:
            found = _sqlite(connection) if patient.database.is_sqlite else _postgresql(connection)
        if found:
            told, advice = (_DAMAGED, _RESTORE) if patient.database.is_sqlite else (_UNFIT, _REINDEX)
            yield Finding("broken", told, advice, len(found), tuple(found[:EXAMPLES]))


def _sqlite(connection: Connection) -> list[str]:
    """A quick check leaves out whether each index holds each row, which takes many times as long."""
    try:
        said = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check(20)"))]
    except DatabaseError as error:  # damaged beyond telling where
        return [str(error.orig)]
    return [] if said == ["ok"] else [line.splitlines()[0] for line in said]


def _postgresql(connection: Connection) -> list[str]:
    return [str(row[0]) for row in connection.execute(_INVALID)]
