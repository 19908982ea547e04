"""What an operator decides: pausing, resuming, approving a held run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import YoursToFix
from engine.outbox import pauses, rests
from engine.store.campaigns import Pause, Run
from engine.store.database import Database, table
from engine.text import did_you_mean
from engine.vocabulary import Channel, RunState

pause_table, run = table(Pause), table(Run)


def pause(database: Database, scope: str, now: datetime, reason: str = "") -> None:
    """Stops `all`, `campaign:NAME` or `channel:NAME`: no intent to send commits after this one."""
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    row = {"scope": scope, "at": now, "reason": reason, "by_operator": True}
    with database.write() as connection:
        connection.execute(insert(pause_table).values(row).on_conflict_do_nothing())


def resume(database: Database, scope: str) -> bool:
    """Takes a pause back; False when there was none. `all` takes back every pause."""
    gone = pause_table.delete().where(pause_table.c.scope != pauses.RESTORED)
    if scope != "all":
        gone = gone.where(pause_table.c.scope == scope)
    with database.write() as connection:
        for channel in Channel:
            if scope in ("all", f"channel:{channel}"):
                rests.clear(connection, channel.value)
        return connection.execute(gone).rowcount > 0


def undo_stop(database: Database) -> bool:
    """Takes back the pause of everything, and no other; False when there was none."""
    with database.write() as connection:
        return connection.execute(pause_table.delete().where(pause_table.c.scope == "all")).rowcount > 0


def heard_of(database: Database, campaign: str) -> bool:
    """Whether a campaign of that name has run, or is paused."""
    with database.read() as connection:
        ran = connection.execute(select(run.c.run_id).where(run.c.campaign == campaign).limit(1)).first()
        paused = select(pause_table.c.scope).where(pause_table.c.scope == f"campaign:{campaign}")
        return ran is not None or connection.execute(paused).first() is not None


def approve(database: Database, run_id: str, now: datetime) -> dict[str, Any]:
    """Lets a held run go: the next cycle plans it anew and waives the guards."""
    with database.write() as connection:
        held = connection.execute(select(run).where(run.c.state == RunState.HELD)).mappings().all()
        names = {row["run_id"]: dict(row) for row in held} | {row["campaign"]: dict(row) for row in held}
        if run_id not in names:
            hint = did_you_mean(run_id, names) if held else "no run is held"
            raise YoursToFix(f"no held run is called {run_id!r} ({hint})")
        found = names[run_id]
        connection.execute(run.update().where(run.c.run_id == found["run_id"]).values(approved_at=now))
        return found
