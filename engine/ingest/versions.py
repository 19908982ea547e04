"""What a subscription was when: its versions, and how a file's rows change them.

A row that says when (`changed_at`) is put where it belongs in the history; one that does not tells
the present state. A row that says nothing new changes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, delete, func, insert, select

from engine.ingest.kind import TEXT, WHOLE
from engine.ingest.people import ALWAYS_MILLIS
from engine.ingest.stage import Stage, instant
from engine.store.database import table
from engine.store.history import Subscription
from engine.store.types import to_millis

_versions = table(Subscription)


class Facts(NamedTuple):
    """One version's content; instants in milliseconds."""

    customer_id: str
    kind: str = "subscription"
    plan: str | None = None
    status: str = "active"
    started_at: int | None = None
    expires_at: int | None = None
    cancelled_at: int | None = None
    monthly_price: int | None = None
    currency: str | None = None


#: Facts that have no history: a correction holds for every version.
_TIMELESS = ("customer_id", "kind", "started_at")
_DEFAULTS = {"kind": "subscription", "status": "active"}
_INSTANTS = ("started_at", "expires_at", "cancelled_at")
_STAGED = {
    "subscription_id": TEXT, "customer_id": TEXT, "kind": TEXT, "plan": TEXT, "status": TEXT,
    "started_at": WHOLE, "expires_at": WHOLE, "cancelled_at": WHOLE, "monthly_price": WHOLE, "currency": TEXT,
    "valid_from": WHOLE, "valid_to": WHOLE,
}  # fmt: skip


class Timeline:
    """One subscription's versions: each holds from its instant to the next one's."""

    def __init__(self, since: list[int], facts: list[Facts]) -> None:
        self.since = since
        self.facts = facts

    def change(self, told: Mapping[str, Any], changed_at: int | None, now: int) -> None:
        """Takes in one row of a file; `told` are the columns that it has."""
        if not self.since:
            self.since, self.facts = [ALWAYS_MILLIS], [Facts(**told)]
            return
        place = len(self.since) - 1 if changed_at is None else bisect_right(self.since, changed_at) - 1
        old = self.facts[place]
        new = old._replace(**told)
        at = max(self._moment(old, new, now) if changed_at is None else changed_at, self.since[place])
        timeless = {name: getattr(new, name) for name in _TIMELESS}
        self.facts = [facts._replace(**timeless) for facts in self.facts]
        if new == self.facts[place]:
            return
        if at == self.since[place]:
            self.facts[place] = new
        else:
            self.since.insert(place + 1, at)
            self.facts.insert(place + 1, new)
        self._join_equals()

    @staticmethod
    def _moment(old: Facts, new: Facts, now: int) -> int:
        """When a change that nobody dated took place."""
        cancelled = new.cancelled_at is not None and new.cancelled_at != old.cancelled_at
        return min(new.cancelled_at, now) if cancelled and new.cancelled_at is not None else now

    def _join_equals(self) -> None:
        kept = [i for i, facts in enumerate(self.facts) if i == 0 or facts != self.facts[i - 1]]
        self.since = [self.since[i] for i in kept]
        self.facts = [self.facts[i] for i in kept]


def record_versions(stage: Stage, present: frozenset[str], now: int) -> None:
    """Takes the staged rows into the histories of their subscriptions. `present` are the file's columns."""
    rows = _told(stage)
    timelines = _timelines(stage)
    before = {name: (list(line.since), list(line.facts)) for name, line in timelines.items()}
    for subscription_id, row in rows:
        line = timelines.setdefault(subscription_id, Timeline([], []))
        told = {
            name: row[name] if row[name] is not None else _DEFAULTS.get(name)
            for name in Facts._fields
            if name in present
        }
        line.change(told, row["changed_at"], now)
    changed = {name: line for name, line in timelines.items() if before.get(name) != (line.since, line.facts)}
    if changed:
        _rewrite(stage, changed)


def _told(stage: Stage) -> list[tuple[str, RowMapping]]:
    """The staged rows in the order of their dates, undated ones last; of several at one moment the last."""
    last = select(func.max(stage.c.row)).group_by(stage.c.subscription_id, stage.c.changed_at)
    rows = (
        select(stage.table)
        .where(stage.c.row.in_(last))
        .order_by(stage.c.changed_at.is_(None), stage.c.changed_at, stage.c.row)
    )
    return [(row["subscription_id"], row) for row in stage.connection.execute(rows).mappings()]


def _timelines(stage: Stage) -> dict[str, Timeline]:
    named = select(stage.c.subscription_id).distinct()
    columns = [
        _versions.c.subscription_id,
        _versions.c.valid_from,
        *(_versions.c[name] for name in Facts._fields),
    ]
    there = select(*columns).where(_versions.c.subscription_id.in_(named)).order_by(_versions.c.valid_from)
    lines: dict[str, Timeline] = {}
    for subscription_id, since, *values in stage.connection.execute(there):
        line = lines.setdefault(subscription_id, Timeline([], []))
        line.since.append(to_millis(since))
        line.facts.append(Facts._make(map(_plain, values)))
    return lines


def _plain(value: Any) -> Any:
    return to_millis(value) if isinstance(value, datetime) else value


def _rewrite(stage: Stage, lines: Mapping[str, Timeline]) -> None:
    """Puts the histories that changed in place of the old ones."""
    columns = list(zip(*_rows(lines), strict=True))
    with Stage(stage.connection, "versions", _STAGED) as versions:
        versions.fill(columns)
        versions.ready()
        named = select(versions.c.subscription_id)
        stage.connection.execute(delete(_versions).where(_versions.c.subscription_id.in_(named)))
        dated = ("valid_from", "valid_to", *_INSTANTS)
        values = [instant(versions.c[name]) if name in dated else versions.c[name] for name in _STAGED]
        stage.connection.execute(insert(_versions).from_select(list(_STAGED), select(*values)))


def _rows(lines: Mapping[str, Timeline]) -> Iterable[tuple[Any, ...]]:
    for name, line in lines.items():
        for since, until, facts in zip(line.since, [*line.since[1:], None], line.facts, strict=True):
            yield (name, *facts, since, until)
