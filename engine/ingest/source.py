"""What every file format offers: its columns as texts, in batches that fit into memory."""

from __future__ import annotations

import gzip
import json
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, ClassVar

from engine.errors import YoursToFix
from engine.registry import Registry

#: A batch closes at so many rows or bytes, whichever comes first: memory does not grow with the file,
#: and reading column after column stays within the processor's cache.
BATCH_ROWS = 5_000
BATCH_BYTES = 16 * 2**20
#: Longer values are no names or amounts, but a quote that was never closed.
LONGEST_VALUE = 131_072
MOST_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows by columns, every value a text, empty where there is none.

    `numbers` are the rows' own in the file, as an editor or a spreadsheet counts them; `faults`
    are rows that could not even be taken apart; `fraction` is how much of the file has been read.
    """

    header: tuple[str, ...]
    columns: list[list[str]]
    numbers: list[int]
    faults: list[tuple[int, str]] = field(default_factory=list)
    fraction: float = 1.0


class Source(ABC):
    """One file of one format."""

    suffixes: ClassVar[tuple[str, ...]]

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """The file's rows; the first batch comes even when there are none, for its header."""


FORMATS: Registry[Source] = Registry("engine.ingest.formats")


def open_source(path: Path) -> Source:
    """The file as a Source, by its suffix. Raises YoursToFix."""
    if not path.is_file():
        raise YoursToFix(f"there is no file {path}")
    known = {suffix: kind for kind in FORMATS.kinds.values() for suffix in kind.suffixes}
    for suffix, kind in known.items():
        if path.name.lower().endswith(suffix):
            return kind(path)
    raise YoursToFix(f"{path.name} is of no known kind; a file must end in {', '.join(sorted(known))}")


@dataclass
class Opened:
    """An open text file that knows how far it has been read. `.gz` is unpacked on the way."""

    stream: IO[bytes]
    raw: IO[bytes]
    size: int

    @property
    def position(self) -> int:
        """Bytes taken from the file, unpacked."""
        return self.stream.tell()

    @property
    def fraction(self) -> float:
        return min(1.0, self.raw.tell() / self.size) if self.size else 1.0


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Opens a plain or gzip file; its faults become sentences."""
    try:
        with path.open("rb") as raw:
            zipped = path.name.lower().endswith(".gz")
            stream = gzip.GzipFile(fileobj=raw) if zipped else raw
            yield Opened(stream, raw, path.stat().st_size)  # type: ignore[arg-type]
    except UnicodeDecodeError:
        raise YoursToFix(_not_utf8(path)) from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise YoursToFix(f"{path.name} is not a whole gzip file; unpack or copy it again") from None
    except OSError as error:
        raise YoursToFix(f"{path.name} cannot be read: {error.strerror or error}") from None


def _not_utf8(path: Path) -> str:
    """Which line it is: decoding in blocks does not say."""
    with (gzip.open if path.name.lower().endswith(".gz") else open)(path, "rb") as lines:
        number = next((number for number, line in enumerate(lines, start=1) if not _decodes(line)), 1)
    return f"{path.name} is not UTF-8 text (line {number}); save it as UTF-8 and import it again"


def _decodes(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def as_text(value: Any) -> str:
    """A JSON value as a CSV would carry it: lists of plain values with `;` between, the rest as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ";".join(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
