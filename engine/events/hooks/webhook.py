"""What your own system tells about messages that the `webhook` provider handed to it.

A JSON list of `{"id", "event", "attempt" or "delivery", "at"}`, signed as Standard Webhooks asks with the
secret WEBHOOK_SECRET. `id` makes an event the same however often it is told; `event` is a word of
docs/vocabulary.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.events.hook import HOOKS, Call, Forged, Hook
from engine.vocabulary import Event, EventKind

#: A call older or younger than this, in seconds, is a replay.
_TOLERANCE = 300


@HOOKS.register("webhook")
class WebhookHook(Hook):
    """The key is WEBHOOK_SECRET."""

    def events(self, call: Call) -> list[Event]:
        self._prove(call)
        try:
            told = json.loads(call.body)
        except ValueError:
            return []
        rows = told if isinstance(told, list) else [told]
        return [event for row in rows if isinstance(row, dict) for event in _event(row, call)]

    def _prove(self, call: Call) -> None:
        given, at = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        signed = f"{given}.{at}.".encode() + call.body
        wanted = base64.b64encode(
            hmac.new(_bytes(self.key("WEBHOOK_SECRET")), signed, hashlib.sha256).digest()
        )
        signatures = call.headers.get("webhook-signature", "").split()
        genuine = [one for one in signatures if hmac.compare_digest(one.encode(), b"v1," + wanted)]
        if not genuine or not at.isdecimal() or abs(int(at[:12]) - call.at.timestamp()) > _TOLERANCE:
            raise Forged("the signature is not yours, or it is too old")


def _bytes(key: str) -> bytes:
    return base64.b64decode(key.removeprefix("whsec_")) if key.startswith("whsec_") else key.encode()


def _event(row: Mapping[str, Any], call: Call) -> list[Event]:
    name, kind = str(row.get("id") or ""), str(row.get("event") or "")
    if not name or kind not in tuple(EventKind):
        return []
    return [
        Event(
            fingerprint=f"webhook:{name}"[:200],
            kind=EventKind(kind),
            at=_instant(row.get("at")) or call.at,
            token=str(row.get("attempt") or "")[:100],
            delivery_id=str(row.get("delivery") or "")[:100],
            provider="webhook",
        )
    ]


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
