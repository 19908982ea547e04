"""What was imported since a message was planned and takes its receiver out of the audience: a purchase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from engine.cycle.edit_past import Ruled, read_as_it_ran
from engine.durations import Calendar
from engine.errors import Problems
from engine.outbox.transitions import Key, delivery
from engine.rules.compiler import Scope, select_ids
from engine.rules.condition import Reading
from engine.store.campaigns import CampaignVersion
from engine.store.database import table
from engine.store.history import ImportRecord

imports, version = table(ImportRecord), table(CampaignVersion)

#: The reason that the ledger keeps.
GONE = "no_longer_matches"
#: A campaign, the version that it was planned with, and when that was.
_Run = tuple[str, str, datetime]


@dataclass
class News:
    """Asks the rules as they ran, once more, of those about whom something may have come in since.

    The passing of time takes nobody out: a message that waited for the morning is sent.
    """

    reading: Reading
    calendar: Calendar
    currency: str
    _rules: dict[tuple[str, str], Ruled | None] = field(default_factory=dict)

    def gone(self, connection: Connection, keys: Sequence[Key], now: datetime) -> set[Key]:
        """Those of the messages whose receivers match no more, because of what was imported."""
        newest = connection.execute(select(func.max(imports.c.finished_at))).scalar()
        if newest is None or not keys:
            return set()
        rows = connection.execute(
            select(delivery).where(
                delivery.c.dedupe_key.in_([dedupe_key for _, dedupe_key in keys]),
                delivery.c.created_at <= newest,
                delivery.c.subject == "",
            )
        ).all()
        runs: dict[_Run, dict[str, list[Key]]] = {}
        for row in rows:
            people = runs.setdefault((row.campaign, row.version, row.created_at), {})
            people.setdefault(row.customer_id, []).append((row.customer_id, row.dedupe_key))
        return {
            key
            for run, people in runs.items()
            for customer_id in self._gone(connection, run, sorted(people), now)
            for key in people[customer_id]
        }

    def _gone(self, connection: Connection, run: _Run, ids: Sequence[str], now: datetime) -> set[str]:
        rule, planned = self._rule(connection, *run[:2]), run[2]
        if rule is None:
            return set()
        still = self._matching(connection, rule, ids, Scope(as_of=now))
        left = sorted(set(ids) - still)
        if not left:
            return set()
        then = self._matching(connection, rule, left, Scope(as_of=planned, cut_ledger=True))
        without = self._matching(connection, rule, left, Scope(as_of=now, known=planned))
        return (set(left) - then) | without

    def _matching(self, connection: Connection, rule: Ruled, ids: Sequence[str], at: Scope) -> set[str]:
        scope = Scope(
            at.as_of, self.calendar, self.currency, at.cut_ledger, rule.segments, only=ids, known=at.known
        )
        return set(connection.execute(select_ids(rule.audience, scope)).scalars())

    def _rule(self, connection: Connection, campaign: str, name: str) -> Ruled | None:
        """The rule that the run had, whatever the file says by now; None where it cannot be read any more."""
        if (campaign, name) not in self._rules:
            same = (version.c.campaign == campaign, version.c.version == name)
            kept = connection.execute(select(version).where(*same)).one_or_none()
            rule = None if kept is None else self._read(campaign, kept.document, kept.segments)
            self._rules[campaign, name] = rule
        return self._rules[campaign, name]

    def _read(self, campaign: str, document: str, segments: dict[str, str]) -> Ruled | None:
        try:
            return read_as_it_ran(campaign, document, segments, self.reading)
        except Problems:
            return None
