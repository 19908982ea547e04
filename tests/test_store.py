"""A store of another age is refused with the command to run, and making one is repeatable."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

from engine.errors import YoursToFix
from engine.store import migrate
from engine.store.database import Database


def aged(url: str, revision: str) -> Database:
    database = Database(url)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    return database


def test_a_store_of_this_age_is_ready_and_upgrading_it_again_changes_nothing(store_url: str) -> None:
    migrate.upgrade(store_url)
    database = Database(store_url)
    assert migrate.ready(database) is database
    assert migrate.revision(database) == migrate.head()
    database.close()


def test_the_migrations_make_exactly_the_tables_of_the_models(store_url: str) -> None:
    database = Database(store_url)
    with database.read() as connection:
        options = {"compare_type": True, "include_object": _comparable}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def _comparable(_thing: object, name: str | None, *_: object) -> bool:
    return name != "ix_delivery_due"  # Alembic cannot compare an index with a descending column


def test_a_newer_store_is_refused_with_the_command(store_url: str) -> None:
    database = aged(store_url, "9999")
    with pytest.raises(YoursToFix, match=r"newer than this program; run `pip install --upgrade rekindle`"):
        migrate.ready(database)
    database.close()


def test_an_older_store_is_refused_with_the_command(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = migrate.revisions()
    monkeypatch.setattr(migrate, "revisions", lambda: [*known, "9000"])
    database = Database(store_url)
    with pytest.raises(YoursToFix, match="older than this program; run `rekindle db upgrade`"):
        migrate.ready(database)
    database.close()


def test_no_store_names_the_command_that_creates_it(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(YoursToFix, match="`rekindle import customers FILE` creates it"):
        migrate.ready(database)
    database.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "not a url", "sqlite"])
def test_a_url_that_is_no_store_is_a_sentence(url: str) -> None:
    with pytest.raises(YoursToFix, match=r"database\.url"):
        Database(url)


def test_a_store_that_cannot_be_made_or_reached_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    nowhere = "postgresql+psycopg://u@no-such-host.invalid/shop"
    for url, words in (
        (f"sqlite:///{tmp_path}", "names the folder"),
        (f"sqlite:///{tmp_path}/file/shop.db", "the store's folder .*file cannot be made"),
        (nowhere, r"cannot be opened: .*no-such-host.*; look at database\.url"),
    ):
        with pytest.raises(YoursToFix, match=words):
            migrate.upgrade(url)
