"""Verbs that measure: what it achieved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine import clock
from engine.app.ground import Ground
from engine.metrics.metric import Ask
from engine.metrics.period import Period
from engine.metrics.report import report


class Measuring(Ground):
    """What can be told of customers and campaigns; nothing here can change the store."""

    def report(self, start: datetime | None = None, end: datetime | None = None) -> dict[str, Any]:
        """What it achieved from `start` until `end`. Raises YoursToFix for an empty period."""
        brand, channels = self.settings.brand, self.settings.channels
        period = Period.of(brand.reckoning, clock.now(), start, end)
        prices = {"email": channels.email.price, "sms": channels.sms.price}
        with self.store.read() as connection:
            ask = Ask(connection, period, brand.currency, brand.lost_after)
            found = report(ask, {}, prices)
        shown = ("name", "locale", "timezone", "calendar", "currency", "show_tomans")
        return {"brand": {name: getattr(brand, name) for name in shown}, **found}
