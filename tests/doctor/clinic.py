"""A sound ledger with rows in every state, and a doctor for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.compose.library import Library
from engine.cycle.came_back import record
from engine.cycle.doctor.examination import EXAMINATIONS, Finding, Patient
from engine.cycle.doctor.rounds import rounds
from engine.outbox.cancel import cancel
from engine.outbox.claim import claim
from engine.outbox.intent import intend
from engine.outbox.settle import Answer, settle
from engine.outbox.transitions import delivery
from engine.rules.loader import RuleBook
from engine.settings import Settings
from engine.store.campaigns import Run
from engine.store.database import Database, table
from engine.vocabulary import Event, EventKind, Receipt, Verdict
from tests.outbox import shop
from tests.outbox.shop import NOW

run = table(Run)
SLOT = "2026-03-02T10:00"
_ANSWERS = [
    Verdict.ACCEPTED,
    Verdict.UNKNOWN,
    Verdict.LATER,
    Verdict.REFUSED,
    Verdict.ACCEPTED,
    Verdict.ACCEPTED,
]


def sound(database: Database, people: int = 12) -> None:
    """A run whose messages are in every state, by the ledger's own code."""
    shop.fill(database, people, send_by=NOW + timedelta(days=2))
    with database.write() as connection:
        funnel = {"matched": people, "excluded": {}, "deferred": {"quiet_hours": 2}, "will_send": people - 2}
        row = {"campaign": "hello", "slot": SLOT, "run_id": "abc", "state": "open", "version": "v1"}
        connection.execute(run.insert().values(row | {"as_of": NOW, "started_at": NOW, "funnel": funnel}))
        cancel(connection, delivery.c.customer_id == "c9", "test", NOW)
    with database.write() as connection:
        rows = intend(connection, claim(connection, "me", NOW, len(_ANSWERS)), "me", NOW)
        answers = [Answer(row, Receipt(one)) for row, one in zip(rows, _ANSWERS, strict=True)]
        settle(connection, answers, "me", NOW)
        told = Event("one", EventKind.CLICKED, NOW + timedelta(minutes=1), token=rows[1].token)
        record(connection, [told], NOW + timedelta(minutes=2))


def patient(
    database: Database, root: Path, now: datetime = NOW + timedelta(minutes=3), **given: Any
) -> Patient:
    email = {"from": "The Shop <shop@example.com>"}
    chosen = Settings.model_validate({"channels": {"email": email}, "root": root} | given)
    return Patient(database, chosen, RuleBook(), Library(root / "templates"), now, outside=False)


def ask(name: str, patient: Patient) -> list[Finding]:
    """What that examination finds."""
    return list(EXAMINATIONS[name]().examine(patient))


def broken(patient: Patient) -> dict[str, Sequence[str]]:
    """What is broken, by the examination's name."""
    found = {one.name: [f.found for f in one.findings if f.level == "broken"] for one in rounds(patient)}
    return {name: words for name, words in found.items() if words}
