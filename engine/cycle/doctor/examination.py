"""One thing that the doctor looks at: what it means, what was found, and what to do about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Literal

from sqlalchemy.exc import DBAPIError

from engine.compose.library import Library
from engine.errors import RekindleError
from engine.registry import Registry
from engine.rules.loader import RuleBook
from engine.settings import Settings
from engine.store import migrate
from engine.store.database import Database

#: `unasked`: it could not be asked, or was not to be. Only what is `broken` makes the doctor fail.
Level = Literal["well", "warning", "broken", "unasked"]
Family = Literal["installation", "ledger", "work", "outside"]
#: So many of a kind are named; the others are counted.
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look showed. `examples` name rows by their ids, never by an address."""

    level: Level
    found: str
    advice: str = ""
    count: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Patient:
    """What is examined. `outside` says that providers, the DNS and the web may be asked."""

    database: Database
    settings: Settings
    book: RuleBook
    library: Library
    now: datetime
    outside: bool = True

    @cached_property
    def silent(self) -> str:
        """Why the store cannot be asked anything; empty where it can."""
        try:
            migrate.ready(self.database)
        except RekindleError as error:
            return str(error)
        except DBAPIError as error:
            return f"the store could not answer: {error.orig}"
        return ""


class Examination(ABC):
    """One look. It only reads, and yields nothing where there is nothing to say: all is well then.

    `asks_store` needs a store of this program's schema, `asks_outside` the network.
    """

    family: ClassVar[Family]
    #: A sentence on what holds where all is well.
    means: ClassVar[str]
    #: The number of the invariant in docs/sending.md, where it is one.
    number: ClassVar[str] = ""
    asks_store: ClassVar[bool] = True
    asks_outside: ClassVar[bool] = False

    @abstractmethod
    def examine(self, patient: Patient) -> Iterator[Finding]:
        """What there is to say."""


EXAMINATIONS: Registry[Examination] = Registry("engine.cycle.doctor.examinations")


def well(found: str) -> Finding:
    return Finding("well", found)
