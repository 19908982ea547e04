"""A store moves to another kind of database, and back: every row, and the doctor finds it sound."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from engine.cli.program import run
from engine.cycle import presence
from engine.errors import YoursToFix
from engine.outbox.claim import claim
from engine.outbox.owner import Owner, folder
from engine.store import copying
from engine.store.database import Database
from tests.doctor.clinic import broken, patient, sound
from tests.outbox.shop import NOW


@pytest.fixture
def dialect() -> str:
    return "postgresql"


@pytest.fixture
def target(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    yield opened
    opened.close()


def store(migrated: Path, path: Path) -> Database:
    shutil.copyfile(migrated, path)
    return Database(f"sqlite:///{path}")


def rows(database: Database) -> dict[str, list[Any]]:
    with database.read() as connection:
        return {
            one.name: sorted(map(_plain, connection.execute(select(one)).mappings()))
            for one in SQLModel.metadata.sorted_tables
        }


def _plain(row: Any) -> str:
    """PostgreSQL sorts the keys of its documents."""
    return json.dumps(dict(row), sort_keys=True, default=str)


def test_there_and_back_again(target: Database, tmp_path: Path, migrated_sqlite: Path) -> None:
    source = store(migrated_sqlite, tmp_path / "one.db")
    sound(source)
    with source.write() as connection:
        connection.exec_driver_sql(
            "UPDATE customer SET first_name = 'زهرا', attributes = '{\"a\": [\"x\", 1.5]}'"
        )
    presence.show(source, presence.Card(1, "x", "2026-03-02T10:00:00Z", 5, host="gone"))
    counted = dict(copying.copy(source, target))
    assert (counted["delivery"], counted["attempt"], counted["fact"]) == (12, 6, 0)
    assert broken(patient(target, tmp_path)) == {}
    back = store(migrated_sqlite, tmp_path / "two.db")
    assert dict(copying.copy(target, back)) == counted
    presence.withdraw(source, "daemon:gone:1")
    assert rows(source) == rows(target) == rows(back)
    with pytest.raises(YoursToFix, match="has rows"):
        list(copying.copy(source, target))
    for one in (source, back):
        one.close()


def test_nothing_is_copied_from_under_a_worker(
    target: Database, tmp_path: Path, migrated_sqlite: Path
) -> None:
    source = store(migrated_sqlite, tmp_path / "one.db")
    sound(source)
    with source.write() as connection:
        claim(connection, "me", NOW, 1)
    with pytest.raises(YoursToFix, match=r"workers have messages in hand \(1\)"):
        list(copying.copy(source, target))
    assert not any(rows(target).values())
    source.close()


def test_the_command(
    target: Database, tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    source = store(migrated_sqlite, tmp_path / "rekindle.db")
    sound(source)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("brand: {name: Shop}\n")
    monkeypatch.setenv("REKINDLE_DATABASE__URL", target.url.render_as_string(hide_password=False))
    with Owner(folder(tmp_path, source), source) as worker:
        presence.show(
            source, presence.Card(7, worker.name, "2026-03-02T10:00:00Z", 5, "2026-03-02T10:00:00Z")
        )
        assert run(["db", "copy", "rekindle.db"]) == 2
        assert "works on the store that is to be copied: stop it first" in capsys.readouterr().err
    assert run(["db", "copy", "rekindle.db"]) == 0
    said = capsys.readouterr().out
    assert "delivery                     12" in said
    assert run(["db", "copy", "nowhere.db"]) == 2
    source.close()
