"""All the examinations in turn; one that fails is a finding like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import get_args

from sqlalchemy.exc import DBAPIError

from engine.cycle.doctor.examination import EXAMINATIONS, Examination, Family, Finding, Patient, well
from engine.errors import RekindleError

#: What every examination finds that needs a store, where there is none: `schema` says why.
SILENT = Finding("unasked", "the store cannot be asked")
FAMILIES: tuple[Family, ...] = get_args(Family)


@dataclass(frozen=True, slots=True)
class Examined:
    """One examination and what it found, at least one finding."""

    name: str
    kind: type[Examination]
    findings: tuple[Finding, ...]


def rounds(patient: Patient) -> Iterator[Examined]:
    """Each examination as it is done, family by family."""
    for name, kind in in_order():
        yield Examined(name, kind, tuple(_findings(kind, patient)) or (well(""),))


def in_order() -> list[tuple[str, type[Examination]]]:
    """The shelf as it is read: by family, then by number and name."""
    return sorted(
        EXAMINATIONS.kinds.items(), key=lambda one: (FAMILIES.index(one[1].family), one[1].number, one[0])
    )


def _findings(kind: type[Examination], patient: Patient) -> list[Finding]:
    if kind.asks_outside and not patient.outside:
        return [Finding("unasked", "nothing outside was asked")]
    if kind.asks_store and patient.silent:
        return [SILENT]
    return _told(lambda: list(kind().examine(patient)))


def _told(look: Callable[[], list[Finding]]) -> list[Finding]:
    """A store that is damaged fails in the middle of a question: that is what is wrong with it."""
    try:
        return look()
    except RekindleError as error:
        return [Finding("broken", str(error), "mend that, and ask again")]
    except DBAPIError as error:
        lines = str(error.orig).strip().splitlines() or [type(error).__name__]
        return [Finding("broken", f"the store could not answer: {lines[0]}", "see `integrity`")]
