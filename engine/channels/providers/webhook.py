"""Hands each message to a system of your own, as signed JSON: the way to push, chat and CRM tools.

The body is signed as Standard Webhooks asks (https://www.standardwebhooks.com): `webhook-id` is the
attempt's token, `webhook-timestamp` the time, and `webhook-signature` is `v1,` and the base64 HMAC-SHA256
of the three joined by dots, with the secret WEBHOOK_SECRET. Answer 2xx to take a message, 4xx to refuse it
for good, 429 to have us wait. Anything else is a doubt: look for the id before you act twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import asdict
from pathlib import Path

from pydantic import Field

from engine import clock
from engine.channels.channel import (
    PROVIDERS,
    OnWire,
    Provider,
    ProviderSettings,
    Secret,
    discreet,
    own_settings,
)
from engine.channels.http import Answer, Broken, Wire, slow_down
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Message, Receipt, Verdict

_SAID = ("channel", "to", "to_name", "subject", "text", "html", "language", "campaign", "slot", "delivery")
_NO_KEY = Receipt(Verdict.HALT, code="key", detail="WEBHOOK_SECRET is not set")
_WORD = re.compile(r"[\w.:-]{1,100}")


class WebhookSettings(ProviderSettings):
    """`url` is where messages are posted; the key of their signature is the secret WEBHOOK_SECRET."""

    url: str = Field(pattern=r"^https?://")


@PROVIDERS.register("webhook")
class WebhookProvider(Provider):
    """One persistent connection to your own system."""

    channels = (Channel.EMAIL, Channel.SMS)
    own = WebhookSettings
    keys = ("WEBHOOK_SECRET",)

    def __init__(self, settings: ChannelSettings, secret: Secret, root: Path) -> None:
        super().__init__(settings, secret, root)
        self._own = own_settings(WebhookSettings, settings)
        self._wire = Wire(settings.timeout)

    def send(self, message: Message, on_wire: OnWire) -> Receipt:
        key = self.secret("WEBHOOK_SECRET")
        if not key:
            return _NO_KEY
        body = json.dumps(_said(message), ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json", **signed(key, message.token, body)}
        try:
            answer = self._wire.ask("POST", self._own.url, on_wire, data=body, headers=headers)
        except Broken as broken:
            return broken.receipt
        return _judged(answer)

    def probe(self) -> Receipt:
        """Whether anybody is there: a HEAD changes nothing, whatever is answered."""
        if not self.secret("WEBHOOK_SECRET"):
            return _NO_KEY
        try:
            answer = self._wire.ask("HEAD", self._own.url)
        except Broken as broken:
            return broken.receipt
        if answer.status >= 500 and answer.status != 501:  # 501: they have no HEAD, and are there
            return Receipt(Verdict.LATER, code=str(answer.status), detail=f"http {answer.status}")
        return Receipt(
            Verdict.ACCEPTED, detail="your system answers; whether it takes messages shows when one goes"
        )

    def close(self) -> None:
        self._wire.close()


def signed(key: str, token: str, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks. A key that begins with `whsec_` is base64."""
    secret = base64.b64decode(key.removeprefix("whsec_")) if key.startswith("whsec_") else key.encode()
    at = str(int(clock.now().timestamp()))
    digest = hmac.new(secret, f"{token}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    return {"webhook-id": token, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}


def _said(message: Message) -> dict[str, object]:
    whole = asdict(message)
    return {key: whole[key] for key in _SAID} | {"id": message.token, "headers": dict(message.headers)}


def _judged(answer: Answer) -> Receipt:
    code = str(answer.status)
    if answer.status in (429, 503) and (answer.status == 429 or answer.headers.get("Retry-After")):
        return slow_down(answer, clock.now())
    if 200 <= answer.status < 300:
        return Receipt(Verdict.ACCEPTED, provider_id=_id(answer.text))
    if answer.status >= 500 or answer.status == 408:
        return Receipt(Verdict.UNKNOWN, code=code, detail=f"answer_lost: http {code}")
    if answer.status in (401, 403, 404, 405) or answer.status < 400:
        return Receipt(Verdict.HALT, code=code, detail=discreet(answer.text) or f"http {code}")
    return Receipt(Verdict.REFUSED, code=code, detail=discreet(answer.text) or f"http {code}")


def _id(text: str) -> str:
    """Their own name for it, where they answer `{"id": "..."}`."""
    try:
        found = json.loads(text)["id"]
    except (ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) and _WORD.fullmatch(found) else ""
