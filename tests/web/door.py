"""Knocking at the door: real requests to a real server."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from engine.app import App
from engine.outbox.claim import claim
from engine.outbox.intent import intend
from engine.outbox.settle import Answer, settle
from engine.outbox.transitions import Claimed
from engine.store.database import table
from engine.store.people import Consent
from engine.vocabulary import Receipt, Verdict
from tests.daemon.shop import Shop
from tests.outbox.shop import NOW, promise

#: Where the providers were told to call; nothing of it is said by the calls themselves.
PUBLIC = "https://corner.test"
KEYS = {"TWILIO_AUTH_TOKEN": "a twilio token", "WEBHOOK_SECRET": "whsec_c2VjcmV0"}


class Door:
    """The server's address, and the shop behind it."""

    shop: Shop

    def __init__(self, app: App) -> None:
        self.app, self.url = app, ""
        self.busy: Callable[[], object] = list
        self.session = requests.Session()
        self.session.trust_env = False

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.url + path, timeout=30, allow_redirects=False, **more)

    def promise(self, **columns: Any) -> None:
        """A message planned for every customer."""
        with self.app.database.write() as connection:
            promise(connection, **columns)

    def hand_over(self) -> list[Claimed]:
        """Everything planned is sent."""
        with self.app.database.write() as connection:
            rows = intend(connection, claim(connection, "me", NOW, 100), "me", NOW)
            settle(connection, [Answer(row, Receipt(Verdict.ACCEPTED)) for row in rows], "me", NOW)
        return sorted(rows, key=lambda row: row.customer_id)

    def token(self, row: Claimed) -> str:
        return self.app.visits.links.token(row.delivery_id)

    def said(self) -> list[tuple[str, str, str, str, str]]:
        """Every consent: who, channel, topic, status, source."""
        rows = table(Consent)
        asked = select(rows.c.customer_id, rows.c.channel, rows.c.topic, rows.c.status, rows.c.source)
        with self.app.database.read() as connection:
            found = connection.execute(asked.order_by(rows.c.at, rows.c.customer_id, rows.c.topic))
            return [tuple(row) for row in found]

    def sendgrid(
        self, key: ec.EllipticCurvePrivateKey, rows: Any, stamp: str = "1600112502"
    ) -> tuple[bytes, dict[str, str]]:
        """A call as SendGrid signs it: ECDSA over the timestamp and the body."""
        body = json.dumps(rows).encode()
        signature = key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return body, {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
            "Content-Type": "application/json",
        }

    def twilio(self, path: str, form: dict[str, str]) -> dict[str, str]:
        """The header of a call as Twilio signs it."""
        validator = RequestValidator(KEYS["TWILIO_AUTH_TOKEN"])
        return {"X-Twilio-Signature": validator.compute_signature(PUBLIC + path, form)}
