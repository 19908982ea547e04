"""Rows in: files of any known format into the store, a kind at a time."""

from engine.ingest.importing import import_file, importable
from engine.ingest.tally import BadRow, Imported

__all__ = ["BadRow", "Imported", "import_file", "importable"]
