"""Processes that die, and clocks that lie."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from engine.cycle.commit import commit
from engine.cycle.occasions import occasions
from engine.durations import Calendar
from engine.outbox.claim import claim
from engine.outbox.intent import intend
from engine.outbox.owner import Owner
from engine.outbox.recover import recover
from engine.outbox.settle import Answer, settle
from engine.policy.entry import Moment
from engine.policy.recheck import recheck
from engine.settings import Policy
from engine.store.campaigns import Run
from engine.store.database import Database, table
from engine.vocabulary import Receipt, Verdict
from tests.cycle.test_planning import Shop, add, planned, rule, shop  # noqa: F401
from tests.outbox import shop as outbox
from tests.outbox.shop import NOW


def test_the_dead_keep_nothing(database: Database, tmp_path: Path) -> None:
    outbox.fill(database, 3)
    mine = Owner(tmp_path, database)
    with database.write() as connection:
        claim(connection, mine.name, NOW, 2)
    mine.close(clean=False)
    assert recover(database, tmp_path, NOW) == 2
    assert outbox.states(database) == {"planned": 3}


def test_a_doubt_uses_up_its_place_under_a_cap(database: Database) -> None:
    """It may have arrived."""
    outbox.fill(database, 1)
    with database.write() as connection:
        outbox.promise(connection, campaign="second", not_before=NOW + timedelta(hours=1))
        (row,) = intend(connection, claim(connection, "me", NOW, 1), "me", NOW)
        settle(connection, [Answer(row, Receipt(Verdict.UNKNOWN))], "me", NOW)
        (other,) = claim(connection, "me", NOW + timedelta(hours=1), 1)
        capped = Policy.model_validate(
            {"quiet_hours": "none", "consent": "assumed", "caps": [{"max": 1, "per": "7 days"}]}
        )
        moment = Moment(NOW + timedelta(hours=1), capped, Calendar())
        decision = recheck(connection, [other.key], moment)[other.key]
    assert (decision.allow, decision.reason) == (False, "frequency_cap")


def test_a_slot_runs_once_whatever_the_clock_does(shop: Shop, tmp_path: Path) -> None:  # noqa: F811
    """Forward by an hour or a year, and back again: nobody is written to twice for one slot."""
    rule(tmp_path, "hello", schedule="daily at 10:00", more="reenter: always")
    app = shop("2026-03-02T10:01:00Z")
    add(app, {"customer_id": "ann"}, {"customer_id": "bob"})
    first = planned(app)
    assert len(first) == 2
    for again in ("2026-03-02T11:01:00Z", "2026-03-02T09:30:00Z", "2026-03-02T10:01:00Z"):
        assert planned(shop(again)) == first
    shop("2026-03-03T10:01:00Z").plan_due()
    with app.database.read() as connection:
        slots = sorted(connection.execute(select(table(Run).c.slot)).scalars())
    assert slots == ["2026-03-02T10:00", "2026-03-03T10:00"]


def test_a_planner_that_comes_too_late_finds_the_slot_taken(
    shop: Shop,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Both saw that the slot had not run."""
    rule(tmp_path, "hello", more="reenter: always")
    app = shop("2026-03-02T10:01:00Z")
    add(app, {"customer_id": "ann"})
    with app.store.read() as connection:
        seen = occasions(connection, app.campaigns([]), app.moment(), app.settings)
    arguments = (app.store, seen, app.library, app.conditions, app.moment(), app.settings)
    assert [plan.will_send for plan in commit(*arguments)] == [1]
    assert commit(*arguments) == []
