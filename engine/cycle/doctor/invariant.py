"""An invariant of the ledger as SQL: each statement selects the rows that break it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import ColumnElement, Select, select

from engine.cycle.doctor.examination import EXAMPLES, Examination, Family, Finding, Patient
from engine.store.database import table
from engine.store.ledger import Attempt, Delivery

delivery, attempt = table(Delivery), table(Attempt)


class Breach(NamedTuple):
    """One way to break an invariant: what is wrong, with which rows, and what to do."""

    wrong: str
    rows: Select[Any]
    advice: str
    noun: str = "message"

    def told(self, count: int) -> str:
        """`3 messages: accepted, and nothing shows it`."""
        return f"{count:,} {self.noun}{'' if count == 1 else 's'}: {self.wrong}"


#: What holds of every breach that no command mends.
STOP_FIRST = (
    "stop sending with `rekindle pause --all`, keep a copy of the store as it is, and report it with these "
    "examples"
)


class Invariant(Examination):
    """What must hold of the ledger at every instant, in one consistent look at it."""

    family: ClassVar[Family] = "ledger"

    @abstractmethod
    def breaches(self, patient: Patient) -> Iterator[Breach]:
        """Every way to break it."""

    def examine(self, patient: Patient) -> Iterator[Finding]:
        for one in self.breaches(patient):
            count, examples = counted(patient, one.rows)
            if count:
                yield Finding("broken", one.told(count), one.advice, count, examples)


def counted(patient: Patient, rows: Select[Any]) -> tuple[int, tuple[str, ...]]:
    """How many rows there are, and a few of them in words; memory does not grow with them."""
    with patient.database.read() as connection:
        found = iter(connection.execution_options(yield_per=5_000).execute(rows).mappings())
        examples = tuple(" ".join(f"{k}={v}" for k, v in one.items()) for one in islice(found, EXAMPLES))
        return len(examples) + sum(1 for _ in found), examples


def messages(count: int) -> str:
    return f"{count:,} message{'' if count == 1 else 's'}"


def named(*more: ColumnElement[Any]) -> Select[Any]:
    """Selects deliveries by what people find them by; the key would show the address."""
    names = ("delivery_id", "campaign", "slot", "customer_id", "state")
    return select(*(delivery.c[name] for name in names), *more)


def of_delivery() -> ColumnElement[bool]:
    """Whether the attempt is the delivery's."""
    mine: ColumnElement[bool] = attempt.c.customer_id == delivery.c.customer_id
    return mine & (attempt.c.dedupe_key == delivery.c.dedupe_key)
