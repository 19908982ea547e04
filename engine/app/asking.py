"""Verbs that only read: check, audience, preview, explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.app.ground import Ground
from engine.cycle import check, explain, preview
from engine.cycle.plan import scope
from engine.cycle.preview import Wish
from engine.errors import Problem
from engine.policy.entry import Moment
from engine.rules.campaign import Campaign
from engine.rules.compiler import select_ids, sql_text


class Asking(Ground):
    """What may be asked; nothing here can change the store."""

    def check(self, data: bool = False) -> list[Problem]:
        """Every problem in config, rules and templates; with `data`, held against the store as well."""
        return check.check(self.settings, self.book, self.library, store=self.store if data else None)

    def schema(self) -> dict[str, Any]:
        from engine.rules.schema import json_schema

        return json_schema()

    def audience(self, name: str, as_of: datetime | None = None) -> tuple[str, datetime, Iterator[str]]:
        """The kind of NAME, the instant, and the ids of those whom the rule matches, sorted."""
        kind, statement, moment = self._audience(name, as_of)
        return kind, moment.as_of, self._ids(statement)

    def audience_sql(self, name: str, as_of: datetime | None = None) -> str:
        """The one statement that the rule becomes."""
        dialect = self.database.url.get_backend_name()
        return sql_text(self._audience(name, as_of)[1], dialect)

    def audience_english(self, name: str, as_of: datetime | None = None) -> list[str]:
        """The rule of NAME in English, a sentence for each clause that must hold."""
        named = self.book.named(name)
        condition = named.audience if isinstance(named, Campaign) else named.condition
        return preview.sentences(condition, scope(self.conditions, self.moment(as_of), self.settings))

    def _audience(self, name: str, as_of: datetime | None) -> tuple[str, Any, Moment]:
        named = self.book.named(name)
        condition = named.audience if isinstance(named, Campaign) else named.condition
        moment = self.moment(as_of)
        statement = select_ids(condition, scope(self.conditions, moment, self.settings))
        return ("campaign" if isinstance(named, Campaign) else "segment"), statement, moment

    def _ids(self, statement: Any) -> Iterator[str]:
        with self.store.read() as connection:
            column = statement.selected_columns[0]
            rows = connection.execution_options(yield_per=10_000).execute(statement.order_by(column))
            yield from rows.scalars()

    def preview(
        self, names: Sequence[str] = (), as_of: datetime | None = None, wish: Wish | None = None
    ) -> dict[str, Any]:
        """The dry run of what is due, or of the named campaigns. It cannot change the store."""
        wish = replace(wish or Wish(), everything=bool(names) or (wish or Wish()).everything)
        with self._renderer() as renderer:
            return preview.preview(self._kit(renderer), self.campaigns(names), self.moment(as_of), wish)

    def explain(self, name: str, customer_id: str, as_of: datetime | None = None) -> dict[str, Any]:
        """Why that campaign would write to that customer, or why not. It cannot change the store."""
        with self._renderer() as renderer:
            kit, campaign = self._kit(renderer), self.book.campaign(name)
            return explain.explain(kit, campaign, customer_id, self.moment(as_of))

    def explain_all(self, customer_id: str, as_of: datetime | None = None) -> dict[str, Any]:
        """The same of every campaign, a line each."""
        with self._renderer() as renderer:
            return explain.explain_all(
                self._kit(renderer), self.campaigns(()), customer_id, self.moment(as_of)
            )
