"""A store from a backup: nothing goes by itself, until a person says so, whoever works with it."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import SQLModel

from engine.app import App
from engine.cli.program import run
from engine.cycle import restored
from engine.errors import Standstill, TryAgain, YoursToFix
from engine.outbox import pauses
from engine.outbox.claim import claim
from engine.store import generation
from engine.store.database import Database
from engine.store.generation import Mark
from tests.daemon.shop import Shop
from tests.doctor.clinic import ask, patient

Backup = Callable[[], None]
OLDER = "the store is older than the one that worked here"


@pytest.fixture
def shop(tmp_path: Path, store_url: str) -> Iterator[Shop]:
    made = Shop(tmp_path / "project", store_url)
    made.customers(3)
    made.campaign()
    yield made
    made.close()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def to(minute: str) -> None:
        monkeypatch.setenv("REKINDLE_NOW", f"2026-03-02T10:{minute}:00Z")
        monkeypatch.setattr("engine.clock._started", time.monotonic())

    return to


def backup(database: Database) -> Backup:
    """Takes one, and returns what brings it back."""
    tables = SQLModel.metadata.sorted_tables
    with database.read() as connection:
        kept = {one.name: [dict(row) for row in connection.execute(select(one)).mappings()] for one in tables}

    def bring_back() -> None:
        with database.write() as connection:
            for one in reversed(tables):
                connection.execute(one.delete())
            for one in tables:
                if kept[one.name]:
                    connection.execute(one.insert(), kept[one.name])

    return bring_back


def written(shop: Shop) -> Path:
    return restored.folder(shop.root, shop.database) / "generation.json"


def test_a_store_that_is_whole_is_worked_with(shop: Shop, at: Callable[[str], None]) -> None:
    app = shop.app()
    for minute in ("00", "01", "02"):
        at(minute)
        app.run()
        assert restored.told(app.database, shop.root) == ""
    assert len(shop.files()) == 9
    (mark,) = json.loads(written(shop).read_text()).values()
    assert mark["runs"] == 3
    assert mark["sent"] > 0


def test_an_older_store_is_held_until_a_person_says_so(
    shop: Shop, at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop.root)
    app = shop.app()
    at("00")
    app.run()
    bring_back = backup(app.database)
    for minute in ("01", "02"):
        at(minute)
        app.run()
    bring_back()
    at("03")
    assert run(["run"]) == 2
    assert f"{OLDER}, as after a restored backup: 2 runs may have happened since 2026-03-02T10:00:" in (
        told := capsys.readouterr().err
    )
    assert "until `rekindle resume --restored`" in told
    for held in (lambda: app.plan_due(), lambda: app.dispatch(), lambda: app.run(["hello"])):
        with pytest.raises(Standstill):
            held()
    assert len(shop.files()) == 9, "nothing was sent"
    assert len(shop.runs()) == 1, "nothing was planned"
    assert run(["status"]) == 1
    assert OLDER in capsys.readouterr().out
    assert any(OLDER in one for one in app.visits.troubles())
    (found,) = ask("restored", patient(app.database, shop.root))
    assert found.level == "broken"
    assert run(["resume", "--all"]) == 0
    assert run(["run"]) == 2, "`resume --all` is about pauses"
    capsys.readouterr()
    assert run(["resume", "--restored", "--all"]) == 2
    assert run(["resume", "--restored"]) == 0
    assert "1 run that was due is left out" in capsys.readouterr().out
    assert run(["run"]) == 0
    assert len(shop.files()) == 9, "what was due since may have run"
    at("04")
    assert run(["run"]) == 0
    assert len(shop.files()) == 12
    assert run(["resume", "--restored"]) == 2
    assert app.visits.troubles() == []


def test_what_waited_in_it_may_have_gone_out(shop: Shop, at: Callable[[str], None]) -> None:
    app = shop.app()
    at("00")
    app.plan_due()
    bring_back = backup(app.database)
    app.dispatch()
    bring_back()
    assert dict(shop.states()) == {"planned": 3}
    with pytest.raises(Standstill, match="messages may have gone out since it was made"):
        app.run()
    assert len(shop.files()) == 3
    done = app.resume_restored()
    assert (done.unresolved, done.risky) == (3, 0)
    at("01")
    app.dispatch()
    assert len(shop.files()) == 3, "at most once"
    assert dict(shop.states()) == {"unresolved": 3}


def test_what_is_promised_at_least_once_goes_with_the_risk(shop: Shop, at: Callable[[str], None]) -> None:
    shop.campaign(more="delivery: at_least_once\n")
    app = shop.app()
    at("00")
    app.plan_due()
    bring_back = backup(app.database)
    app.dispatch()
    bring_back()
    done = app.resume_restored()
    assert (done.unresolved, done.risky) == (0, 3)
    app.dispatch()
    assert len(shop.files()) == 6
    assert {row["dup_risk"] for row in app.deliveries()} == {True}


def test_a_batch_that_is_under_way_is_noticed(shop: Shop, at: Callable[[str], None]) -> None:
    """The backup was made between two batches of one dispatch."""
    app, taken = shop.app(), list[Backup]()
    at("00")
    app.plan_due()
    record = restored.Record.sent

    def first(self: restored.Record, *given: Any) -> None:
        if not taken:
            taken.append(backup(app.database))
        record(self, *given)

    email = app.settings.channels.email.model_copy(update={"batch": 1})
    channels = app.settings.channels.model_copy(update={"email": email})
    app.settings = app.settings.model_copy(update={"channels": channels})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restored.Record, "sent", first)
        app.dispatch()
    assert len(shop.files()) == 3
    taken[0]()
    with pytest.raises(Standstill, match="messages may have gone out since 2026-03-02T10:00:"):
        app.dispatch()


def test_a_new_folder_takes_the_store_as_it_is_and_says_so(
    shop: Shop, at: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    app = shop.app()
    at("00")
    app.run()
    written(shop).unlink()
    caplog.clear()
    at("01")
    with caplog.at_level(logging.WARNING):
        app.run()
    assert ["has not worked with the store before" in one.message for one in caplog.records] == [True]
    written(shop).write_text("{broken")
    at("02")
    app.run()
    assert len(shop.files()) == 9


def test_folders_on_one_store_do_not_trip_each_other(
    tmp_path: Path, shop: Shop, at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two machines with a PostgreSQL between them; on SQLite, two whose files lie elsewhere."""
    monkeypatch.setattr(restored, "folder", lambda root, database: root / "seen")
    here, there = shop.app(), other(shop, tmp_path / "other")
    at("00")
    here.run()
    bring_back = backup(here.database)
    for minute, app in (("01", there), ("02", here), ("03", here), ("04", there), ("05", here)):
        at(minute)
        app.run()
    assert len(shop.files()) + len(list((tmp_path / "other/outbox").glob("*.eml"))) == 18
    bring_back()
    at("06")
    with pytest.raises(Standstill, match="4 runs"):
        there.run()
    with pytest.raises(Standstill, match="4 runs"):
        here.run()
    there.resume_restored()
    at("07")
    here.run()
    there.run()
    bring_back()
    at("08")
    for app in (here, there):
        with pytest.raises(Standstill, match=OLDER):
            app.run()


def other(shop: Shop, root: Path) -> App:
    second = Shop(root, shop.url)
    second.campaign()
    second.database.close()
    app = second.app()
    shop.opened.append(app)
    return app


def test_a_claim_elsewhere_ends_when_somebody_notices(shop: Shop, at: Callable[[str], None]) -> None:
    app = shop.app()
    at("00")
    app.plan_due()
    with app.database.write() as connection:
        pauses.put(connection, pauses.RESTORED, "older", app.moment().as_of)
        assert claim(connection, "a worker that began before", app.moment().as_of, 9) == []
    with pytest.raises(Standstill, match="older"):
        app.dispatch()
    (blocked,) = app.preview(["hello"])["campaigns"]
    assert "`rekindle resume --restored`" in str(blocked["held"])


def test_nothing_goes_where_it_cannot_be_written_down(tmp_path: Path) -> None:
    (tmp_path / "generation.json").mkdir()
    with pytest.raises(TryAgain, match="nothing was sent"):
        generation.keep(tmp_path, "store", Mark(0, 1))


def test_there_is_nothing_to_resume_in_a_store_that_is_whole(shop: Shop, at: Callable[[str], None]) -> None:
    at("00")
    app = shop.app()
    app.run()
    with pytest.raises(YoursToFix, match="nothing to resume"):
        app.resume_restored()


MARKS = st.builds(Mark, st.integers(0, 2), st.integers(0, 3), st.integers(0, 3))


@given(MARKS, MARKS, MARKS)
def test_marks_only_grow(one: Mark, two: Mark, three: Mark) -> None:
    furthest = one.furthest(two)
    assert furthest == two.furthest(one)
    assert not furthest.is_behind(one)
    assert not furthest.is_behind(two)
    assert furthest.furthest(three) == one.furthest(two.furthest(three))
    assert not one.is_behind(one)
