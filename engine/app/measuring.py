"""Verbs that measure: what it achieved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine import clock
from engine.app.ground import Ground
from engine.metrics.metric import Ask
from engine.metrics.outcomes import elsewhere
from engine.metrics.period import Period
from engine.metrics.report import measure_all


class Measuring(Ground):
    """What can be told of customers and campaigns; nothing here can change the store."""

    def report(self, start: datetime | None = None, end: datetime | None = None) -> dict[str, Any]:
        """What it achieved from `start` until `end`. Raises YoursToFix for an empty period."""
        brand = self.settings.brand
        period = Period.of(brand.reckoning, clock.now(), start, end)
        with self.store.read() as connection:
            ask = Ask(connection, period, brand.currency, brand.lost_after)
            metrics = measure_all(ask)
            outcomes = elsewhere(connection)
        return {
            "brand": {
                "name": brand.name,
                "locale": brand.locale,
                "timezone": brand.timezone,
                "calendar": brand.calendar,
                "currency": brand.currency,
            },
            "from": period.start.isoformat(),
            "to": period.end.isoformat(),
            "before_from": period.before.start.isoformat(),
            "metrics": metrics,
            "outcomes": outcomes,
        }
