"""SendGrid's event webhook: a JSON list of events, signed by ECDSA over the timestamp and the raw body.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.events.hook import HOOKS, Call, Forged, Hook
from engine.vocabulary import Channel, Event, EventKind

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
_KINDS = {
    "processed": EventKind.SENT,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
    "bounce": EventKind.BOUNCED,
    "dropped": EventKind.REJECTED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
}


@HOOKS.register("sendgrid")
class SendGridHook(Hook):
    """The key is SENDGRID_WEBHOOK_PUBLIC_KEY, as their page shows it."""

    def events(self, call: Call) -> list[Event]:
        self._prove(call)
        try:
            told = json.loads(call.body)
        except ValueError:
            return []
        rows = told if isinstance(told, list) else [told]
        return [event for row in rows if isinstance(row, dict) for event in _event(row)]

    def _prove(self, call: Call) -> None:
        from sendgrid.helpers.eventwebhook import EventWebhook  # brings cryptography along

        key = self.key("SENDGRID_WEBHOOK_PUBLIC_KEY")
        signature, timestamp = call.headers.get(_SIGNATURE, ""), call.headers.get(_TIMESTAMP, "")
        try:
            told = EventWebhook(key).verify_signature(call.body.decode(), signature, timestamp)
            genuine = told and _canonical(signature)
        except Exception:  # noqa: BLE001  not base64, not UTF-8, not a key: none of it is a signature
            genuine = False
        if not (signature and timestamp and genuine):
            raise Forged("the signature is not SendGrid's")


def _canonical(signature: str) -> bool:
    """Whether it is written in the one way that its bytes have: base64 leaves a few bits unread."""
    return base64.b64encode(base64.b64decode(signature)).decode() == signature


def _event(row: Mapping[str, Any]) -> list[Event]:
    kind = _KINDS.get(str(row.get("event")))
    name, at = str(row.get("sg_event_id") or ""), _instant(row.get("timestamp"))
    if kind is None or not name or at is None:
        return []
    reason = str(row.get("reason") or "")
    if kind is EventKind.BOUNCED and row.get("type") == "blocked":
        kind = EventKind.SOFT_BOUNCED
    return [
        Event(
            fingerprint=f"sendgrid:{name}",
            kind=kind,
            at=at,
            token=_word(row.get("attempt")),
            delivery_id=_word(row.get("delivery")),
            channel=Channel.EMAIL,
            address=str(row.get("email") or "").strip().lower(),
            provider="sendgrid",
            provider_id=str(row.get("sg_message_id") or "").partition(".")[0],
            code=str(row.get("status") or "")[:20],
            machine=bool(row.get("sg_machine_open")),
            bad_address=kind is EventKind.REJECTED and reason.lower().startswith("invalid"),
        )
    ]


def _word(value: object) -> str:
    return value[:100] if isinstance(value, str) else ""


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
