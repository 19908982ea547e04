"""Whether everything stands that sending needs, and the ledger's totals for those who watch it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sqlalchemy import Connection, func, select

from engine.cycle import restored
from engine.errors import RekindleError
from engine.settings import Settings
from engine.store import migrate
from engine.store.campaigns import Pause
from engine.store.database import Database, table
from engine.store.ledger import Delivery

delivery, pause = table(Delivery), table(Pause)
_A_PAGE = b"\0" * 4096


def troubles(database: Database, settings: Settings) -> list[str]:
    """Why nothing can be sent or taken in now, a sentence each.

    What a person paused is as they want it; a channel that the engine stopped, for a wrong key, is not.
    """
    return [*_store(database, settings), *disk_troubles(database, settings)]


def _store(database: Database, settings: Settings) -> list[str]:
    try:
        migrate.ready(database)
        with database.read() as connection:
            halted = pause.c.scope.startswith("channel:") & ~pause.c.by_operator
            rows = connection.execute(select(pause).where(halted)).all()
        older = restored.told(database, settings.root)
    except RekindleError as error:
        return [str(error)]
    names = [(row.scope.removeprefix("channel:"), row.reason) for row in rows]
    stopped = [f"channel {name} is stopped{': ' * bool(why)}{why}" for name, why in sorted(names)]
    return [*filter(None, [older]), *stopped]


def disk_troubles(database: Database, settings: Settings) -> list[str]:
    """Sending needs a journal on the disk, and SQLite its file."""
    folder: Path = database.path.absolute().parent if database.path else settings.root
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(_A_PAGE)
    except OSError as error:
        return [f"the disk cannot be written: {error.strerror}"]
    return []


def counts(connection: Connection) -> list[tuple[str, str, str, int]]:
    """The ledger's rows by campaign, channel and state."""
    by = (delivery.c.campaign, delivery.c.channel, delivery.c.state)
    rows = connection.execute(select(*by, func.count()).group_by(*by).order_by(*by))
    return [(row[0], row[1], row[2], int(row[3])) for row in rows]
