"""What must not send now: everything, a campaign, a channel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, false, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from engine.outbox.transitions import Claimed, delivery
from engine.store.campaigns import Pause
from engine.store.database import table

pause = table(Pause)
ALL = "all"
#: The store is an older one than worked here; no `resume` but its own takes this back.
RESTORED = "restored"


def scopes(connection: Connection) -> frozenset[str]:
    """The scopes that are paused: `all`, `restored`, `campaign:NAME`, `channel:NAME`."""
    return frozenset(connection.execute(select(pause.c.scope)).scalars())


def covers(paused: frozenset[str], row: Claimed) -> bool:
    """Whether the row must not be sent now."""
    return bool(paused & {ALL, RESTORED, f"campaign:{row.campaign}", f"channel:{row.channel}"})


def allows(paused: frozenset[str]) -> ColumnElement[bool]:
    """The same question in SQL: rows that no pause covers."""
    if paused & {ALL, RESTORED}:
        return false()
    return and_(
        delivery.c.campaign.not_in(_named(paused, "campaign:")),
        delivery.c.channel.not_in(_named(paused, "channel:")),
    )


def _named(paused: Iterable[str], kind: str) -> list[str]:
    return sorted(scope.removeprefix(kind) for scope in paused if scope.startswith(kind))


def put(connection: Connection, scope: str, reason: str, at: datetime) -> None:
    """Pauses a scope on the engine's own account; one that is paused already keeps its reason and time."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(pause).values(scope=scope, at=at, reason=reason, by_operator=False)
    connection.execute(row.on_conflict_do_nothing())
