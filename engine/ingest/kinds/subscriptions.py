"""Subscriptions, accounts, memberships, trials and free offers, with the history of what changed."""

from __future__ import annotations

from typing import Any

from engine.ingest.kind import KINDS, TEXT, WHOLE, Kind, Present
from engine.ingest.sheet import Sheet
from engine.ingest.stage import Stage
from engine.ingest.strangers import make_room
from engine.ingest.tally import Tally, Unreadable
from engine.ingest.versions import record_versions

_KINDS = ("subscription", "account", "membership", "trial", "free_offer")


@KINDS.register("subscriptions")
class Subscriptions(Kind):
    """One row a subscription, by its `subscription_id`. A changed row becomes a new version, from
    `changed_at`, else from the cancellation, else from the moment of import. See `versions`.
    """

    required = ("subscription_id", "customer_id")
    optional = (
        "kind", "plan", "status", "started_at", "expires_at", "cancelled_at", "monthly_price", "currency",
        "changed_at",
    )  # fmt: skip
    staged = {
        "customer_id": TEXT, "subscription_id": TEXT, "kind": TEXT, "plan": TEXT, "status": TEXT,
        "started_at": WHOLE, "expires_at": WHOLE, "cancelled_at": WHOLE, "monthly_price": WHOLE,
        "currency": TEXT, "changed_at": WHOLE,
    }  # fmt: skip
    at_once = 50_000  # their histories are held in memory

    def read(self, sheet: Sheet) -> list[list[Any]]:
        instants = self.reading.instants
        currencies = self.reading.currencies(sheet)
        prices = self.reading.money(sheet, "monthly_price", currencies)
        columns = [
            sheet.ids("customer_id"),
            sheet.ids("subscription_id"),
            sheet.read("kind", read_kind),
            sheet.plain("plan"),
            [status.lower() or None for status in sheet.texts("status")],
            *(sheet.instants(name, instants) for name in ("started_at", "expires_at", "cancelled_at")),
            prices,
            currencies,
            sheet.instants("changed_at", instants),
        ]
        return sheet.settle(columns)

    def store(self, stage: Stage, present: Present, tally: Tally) -> None:
        tally.created += make_room(stage)
        told = (present & set(self.optional)) | {"customer_id"}
        if "monthly_price" in told:
            told |= {"currency"}
        with stage.turn:
            record_versions(stage, told, self.reading.now)


def read_kind(text: str) -> str:
    """One of the kinds that rules know. Raises Unreadable."""
    kind = text.lower().replace(" ", "_").replace("-", "_")
    if kind not in _KINDS:
        raise Unreadable(f"is none of {', '.join(_KINDS)}", text)
    return kind
