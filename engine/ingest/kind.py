"""What an importable kind says of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Double, Integer
from sqlalchemy.types import TypeEngine

from engine.ingest.reading import Reading
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage
from engine.ingest.tally import Tally
from engine.registry import Registry
from engine.store.types import ByteText

#: Types of staged columns: texts, whole numbers (instants are milliseconds), quantities.
TEXT: TypeEngine[Any] = ByteText
WHOLE: TypeEngine[Any] = BigInteger()
SMALL: TypeEngine[Any] = Integer()
QUANTITY: TypeEngine[Any] = Double()


#: The columns that a file has, by our names.
Present = frozenset[str]


class Kind(ABC):
    """One kind of file. An instance lives for one import."""

    #: The columns that every file must have, and those it may have.
    required: ClassVar[tuple[str, ...]]
    optional: ClassVar[tuple[str, ...]] = ()
    #: Columns of which there must be at least one.
    any_of: ClassVar[tuple[str, ...]] = ()
    #: What further columns become; empty when they are not used.
    further: ClassVar[str] = ""
    #: The temporary table that the rows pass through, beside their number in the file, `row`.
    staged: ClassVar[Mapping[str, TypeEngine[Any]]]
    #: What a row is known by: of several in a file the last counts.
    key: ClassVar[tuple[str, ...]] = ()
    #: So many rows go from there into the store at once.
    at_once: ClassVar[int] = 250_000

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    @abstractmethod
    def read(self, sheet: Sheet) -> list[list[Any]]:
        """The staged columns and the numbers, of the rows that can be read."""

    @abstractmethod
    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        """From the stage into the store, in a few statements. `present` are the file's columns."""


KINDS: Registry[Kind] = Registry("engine.ingest.kinds")
