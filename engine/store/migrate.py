"""Migrations: making a store, bringing it up to date, refusing one of another age."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, String, Table, inspect, select

from engine.errors import YoursToFix
from engine.store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_AGE = Table("alembic_version", MetaData(), Column("version_num", String))


def revisions() -> list[str]:
    """Every revision that this program knows, oldest first: a migration's file begins with its own."""
    return sorted(file.name.partition("_")[0] for file in _MIGRATIONS.glob("versions/[0-9]*.py"))


def head() -> str:
    """The revision that this program works with."""
    return revisions()[-1]


def upgrade(url: str) -> None:
    """Makes the store, or brings it to this program's schema. Nothing happens when it is there."""
    from alembic import command  # a fifth of a second that no other command should wait for

    database = Database(url)
    try:
        _make_room(database)
        with database.write() as connection:
            command.upgrade(_config(connection), "head")
    finally:
        database.close()


def _make_room(database: Database) -> None:
    """The folder that the file shall be in. Raises YoursToFix."""
    if database.path is None:
        return
    if database.path.is_dir():
        raise YoursToFix(f"database.url in config.yaml names the folder {database.path}; name a file in it")
    try:
        database.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        told = f"the store's folder {database.path.parent} cannot be made: {error.strerror}"
        raise YoursToFix(f"{told}; look at database.url in config.yaml") from None


def _config(connection: object) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def revision(database: Database) -> str | None:
    """The store's revision; None when there is no store or nothing in it."""
    if not database.exists:
        return None
    with database.read() as connection:
        if not inspect(connection).has_table(_AGE.name):
            return None
        found: str | None = connection.execute(select(_AGE.c.version_num)).scalar()
        return found


def ready(database: Database) -> Database:
    """The store, when its schema is this program's. Raises YoursToFix with the command to run."""
    there = revision(database)
    if there is None:
        raise YoursToFix(
            "there is no store yet; `rekindle import customers FILE` creates it, or `rekindle db upgrade`"
        )
    if there != head():
        if there in revisions():
            raise YoursToFix("the store is older than this program; run `rekindle db upgrade`")
        raise YoursToFix("the store is newer than this program; run `pip install --upgrade rekindle`")
    return database
