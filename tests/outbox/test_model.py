"""Every order of events in the small model keeps the invariants; and each known mistake is caught."""

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, and_, bindparam, or_

from engine.cycle import asking
from engine.outbox import doubts, intent, transitions
from engine.outbox import owner as owners
from engine.outbox import recover as recovery
from engine.outbox.journal import Evidence, Journal, read
from engine.outbox.settle import Answer, settle
from engine.outbox.transitions import Claimed
from engine.store.database import Database
from engine.vocabulary import Receipt, Verdict
from tests.outbox import model as models
from tests.outbox import shop
from tests.outbox.model import Broken, Model, walk

delivery = transitions.delivery


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@contextmanager
def small(
    tmp_path: Path,
    migrated: Path,
    rows: int = 1,
    cap: int = 99,
    stops: bool = True,
    hears: bool = False,
    **columns: Any,
) -> Iterator[Model]:
    path = tmp_path / "start.db"
    shutil.copyfile(migrated, path)
    database = Database(f"sqlite:///{path}")
    shop.fill(database, 1, **columns)
    if rows == 2:
        with database.write() as connection:
            shop.promise(connection, campaign="second")
    database.close()
    workers = tmp_path / "workers"
    workers.mkdir()
    model = Model(workers, path, cap, stops, hears)
    try:
        yield model
    finally:
        model.close()


#: Where each walk begins, how far it goes, and in which world.
WALKS: dict[str, tuple[tuple[str, ...], int, dict[str, Any]]] = {
    "from the beginning": ((), 6, {}),
    "at least once": ((), 6, {"promise": "at_least_once"}),
    "kills alone": ((), 7, {"stops": False}),
    "two for one person": ((), 5, {"rows": 2, "cap": 1}),
    "with a worker taken for dead": (("claim 0", "lose file 0", "recover", "claim 1"), 4, {}),
    "with a fenced answer": (
        ("claim 0", "intend 0", "lose file 0", "recover"), 4, {"promise": "at_least_once"},
    ),
    "after a doubt": (
        ("claim 0", "intend 0", "wire unknown 0", "settle 0", "tick"), 5, {"promise": "at_least_once"},
    ),
    "with news of a message": (("claim 0", "intend 0"), 4, {"stops": False, "hears": True}),
    "with news after a doubt": (
        ("claim 0", "intend 0", "wire unknown 0", "settle 0", "tick", "recover"), 4,
        {"promise": "at_least_once", "stops": False, "hears": True},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WALKS)
def test_every_order_of_events(tmp_path: Path, migrated_sqlite: Path, name: str) -> None:
    start, depth, world = WALKS[name]
    with small(tmp_path, migrated_sqlite, **world) as model:
        assert walk(model, depth, start) > 100, "worlds"


# The known mistakes. Each of them must be found, or the walk proves nothing.


def no_fence(patch: pytest.MonkeyPatch) -> None:
    """The ledger believes whoever speaks, whether or not the row is still theirs."""
    where = [
        delivery.c.customer_id == bindparam("b_customer"),
        delivery.c.dedupe_key == bindparam("b_key"),
        or_(delivery.c.epoch == bindparam("b_epoch"), delivery.c.epoch > 0),
        or_(delivery.c.owner == bindparam("b_owner"), delivery.c.epoch > 0),
        or_(delivery.c.state == bindparam("b_from"), delivery.c.epoch > 0),
    ]
    step: Any = transitions._STEP
    patch.setattr(transitions, "_STEP", _with_where(step, where))


def _with_where(statement: Any, where: Sequence[Any]) -> Any:
    changed = statement._clone()
    changed._where_criteria = tuple(where)
    return changed


def no_fence_at_the_intent(patch: pytest.MonkeyPatch) -> None:
    given = intent.intend

    def intend(connection: Connection, rows: Sequence[Claimed], owner: str, now: datetime) -> list[Claimed]:
        given(connection, rows, owner, now)
        return list(rows)

    patch.setattr(models, "intend", intend)


def sending_goes_back_to_planned(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Evidence, "never_sent", lambda evidence, token: True)


def the_journal_is_written_after_the_fact(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Journal, "note", lambda journal, token: None)


def death_is_presumed(patch: pytest.MonkeyPatch) -> None:
    """As a time limit on claims would: the process may only be slow."""

    @contextmanager
    def presumed(name: str, workers: Path, database: Database) -> Iterator[Evidence]:
        yield read(workers / f"{name}.journal")

    patch.setattr(owners, "proven_dead", presumed)


def marked_before_it_is_sent(patch: pytest.MonkeyPatch) -> None:
    given = intent.intend

    def intend(connection: Connection, rows: Sequence[Claimed], owner: str, now: datetime) -> list[Claimed]:
        intended = given(connection, rows, owner, now)
        settle(connection, [Answer(row, Receipt(Verdict.ACCEPTED)) for row in intended], owner, now)
        return intended

    patch.setattr(models, "intend", intend)


def asked_only_when_claimed(patch: pytest.MonkeyPatch) -> None:
    given = asking.ask

    def ask(connection: Connection, rows: Sequence[Claimed], *more: Any) -> list[Claimed]:
        states = connection.execute(delivery.select().with_only_columns(delivery.c.sent_at)).scalars()
        return list(rows) if all(at is None for at in states) and rows else given(connection, rows, *more)

    patch.setattr(models, "ask", ask)


def two_for_one_person_asked_together(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(models, "one_per_customer", lambda rows: [list(rows)])


def every_doubt_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    def repeat(
        connection: Connection, now: datetime, settled_before: datetime, limit: int
    ) -> tuple[int, int]:
        old = (delivery.c.state == "unknown", delivery.c.sent_at <= settled_before)
        connection.execute(delivery.update().where(*old).values(state="retry_wait", dup_risk=True))
        return 0, 0

    patch.setattr(recovery, "repeat_or_give_up", repeat)


def a_refusal_forgets_an_earlier_doubt(patch: pytest.MonkeyPatch) -> None:
    step: Any = transitions._STEP
    patch.setattr(transitions, "_STEP", step.values(state=bindparam("b_state")))


def a_claimed_message_is_not_proven(patch: pytest.MonkeyPatch) -> None:
    """News of it comes while a worker holds it, who then sends it again."""
    given = doubts._prove

    def prove(connection: Connection, which: Any, now: datetime) -> int:
        return given(connection, and_(which, delivery.c.state != "claimed"), now)

    patch.setattr(doubts, "_prove", prove)


def news_before_the_doubt_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(recovery, "prove_told", lambda connection, now: 0)


MISTAKES: list[tuple[Callable[[pytest.MonkeyPatch], None], str]] = [
    (no_fence, "with a worker taken for dead"),
    (no_fence_at_the_intent, "with a worker taken for dead"),
    (sending_goes_back_to_planned, "from the beginning"),
    (the_journal_is_written_after_the_fact, "from the beginning"),
    (death_is_presumed, "from the beginning"),
    (marked_before_it_is_sent, "from the beginning"),
    (asked_only_when_claimed, "from the beginning"),
    (two_for_one_person_asked_together, "two for one person"),
    (every_doubt_is_sent_again, "kills alone"),
    (a_refusal_forgets_an_earlier_doubt, "after a doubt"),
    (a_claimed_message_is_not_proven, "with news after a doubt"),
    (news_before_the_doubt_is_forgotten, "with news of a message"),
]


@pytest.mark.parametrize(("mistake", "name"), MISTAKES, ids=lambda one: getattr(one, "__name__", ""))
def test_the_walk_finds_each_mistake(
    tmp_path: Path,
    migrated_sqlite: Path,
    monkeypatch: pytest.MonkeyPatch,
    mistake: Callable[[pytest.MonkeyPatch], None],
    name: str,
) -> None:
    start, depth, world = WALKS[name]
    with small(tmp_path, migrated_sqlite, **world) as model:
        mistake(monkeypatch)
        with pytest.raises(Broken):
            walk(model, depth, start)
