"""Migrations: making a store, bringing it up to date, refusing one of another age."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.errors import YoursToFix
from engine.store.database import Database


def _config(connection: object = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision that this program works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def upgrade(url: str) -> None:
    """Makes the store, or brings it to this program's schema. Nothing happens when it is there."""
    database = Database(url)
    try:
        if database.path is not None:
            database.path.parent.mkdir(parents=True, exist_ok=True)
        with database.write() as connection:
            command.upgrade(_config(connection), "head")
    finally:
        database.close()


def revision(database: Database) -> str | None:
    """The store's revision; None when there is no store or nothing in it."""
    if not database.exists:
        return None
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def ready(database: Database) -> Database:
    """The store, when its schema is this program's. Raises YoursToFix with the command to run."""
    there = revision(database)
    if there is None:
        raise YoursToFix(
            "there is no store yet; `rekindle import customers FILE` creates it, or `rekindle db upgrade`"
        )
    if there != head():
        known = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]
        if there in known:
            raise YoursToFix("the store is older than this program; run `rekindle db upgrade`")
        raise YoursToFix("the store is newer than this program; run `pip install --upgrade rekindle`")
    return database
