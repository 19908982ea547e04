"""Genuine calls are believed; one with any byte changed is refused, whichever byte and however changed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from engine.events.hook import HOOKS, Call, Forged
from engine.vocabulary import EventKind

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
KEY = ec.derive_private_key(7, ec.SECP256R1())
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
SECRETS = {
    "SENDGRID_WEBHOOK_PUBLIC_KEY": PUBLIC,
    "TWILIO_AUTH_TOKEN": "a twilio token",
    "WEBHOOK_SECRET": "whsec_c2VjcmV0",
}
SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


@dataclass(frozen=True)
class Genuine:
    """A call as a provider signs it, and the headers that its signature hangs on."""

    name: str
    call: Call
    headers: tuple[str, ...]

    def told(self, call: Call | None = None) -> list[EventKind]:
        hook = HOOKS[self.name](lambda name: SECRETS.get(name, ""))
        return [one.kind for one in hook.events(call or self.call)]


def sendgrid() -> Genuine:
    rows = [{"sg_event_id": "a", "event": "spamreport", "delivery": "d1", "timestamp": 1772449200}]
    body = json.dumps(rows).encode()
    signature = base64.b64encode(KEY.sign(STAMP.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    headers = {SIGNATURE: signature, TIMESTAMP: STAMP}
    return Genuine("sendgrid", Call("", body, NOW, headers), (SIGNATURE, TIMESTAMP))


def twilio() -> Genuine:
    url = "https://shop.example/hooks/twilio?attempt=0123456789abcdef"
    form = {"MessageSid": "SM1", "To": "+447700900123", "ErrorCode": "", "MessageStatus": "delivered"}
    signature = RequestValidator(SECRETS["TWILIO_AUTH_TOKEN"]).compute_signature(url, form)
    headers = {"x-twilio-signature": signature}
    return Genuine("twilio", Call(url, urlencode(form).encode(), NOW, headers), ("x-twilio-signature",))


def webhook() -> Genuine:
    body = json.dumps([{"id": "1", "event": "delivered", "delivery": "d1"}]).encode()
    digest = hmac.new(b"secret", f"m1.{STAMP}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": STAMP,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    return Genuine("webhook", Call("", body, NOW, headers), tuple(headers))


CALLS = {"sendgrid": sendgrid(), "twilio": twilio(), "webhook": webhook()}
SAY = {"sendgrid": [EventKind.COMPLAINED], "twilio": [EventKind.DELIVERED], "webhook": [EventKind.DELIVERED]}


@pytest.mark.parametrize("name", CALLS)
def test_a_genuine_call_is_believed(name: str) -> None:
    assert CALLS[name].told() == SAY[name]


def flipped(text: bytes, at: int, by: int) -> bytes:
    at %= len(text)
    return text[:at] + bytes([text[at] ^ by]) + text[at + 1 :]


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 10_000), by=st.integers(1, 255))
def test_any_flipped_byte_of_the_body_is_refused(name: str, at: int, by: int) -> None:
    one = CALLS[name]
    body = flipped(one.call.body, at, by)
    assume(name != "twilio" or said(body) != said(one.call.body))
    with pytest.raises(Forged):
        one.told(replace(one.call, body=body))


def said(form: bytes) -> object:
    """What a form says. Capitals in %2B, or a blank for a plus, make it no other one."""
    return parse_qsl(form.decode("latin-1"), keep_blank_values=True), form.count(b"&"), form.count(b"=")


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=150, deadline=None)
@given(which=st.integers(0, 2), at=st.integers(0, 10_000), by=st.integers(1, 255))
def test_any_flipped_byte_of_a_header_is_refused(name: str, which: int, at: int, by: int) -> None:
    one = CALLS[name]
    header = one.headers[which % len(one.headers)]
    wrong = flipped(one.call.headers[header].encode(), at, by).decode("latin-1")
    with pytest.raises(Forged):
        one.told(replace(one.call, headers={**one.call.headers, header: wrong}))


@pytest.mark.parametrize("name", CALLS)
def test_every_end_of_a_signature_counts(name: str) -> None:
    """The last letters of base64 hold bits that nobody reads: still there is one way to write them."""
    one = CALLS[name]
    header = next(key for key in one.headers if "signature" in key)
    for at in (-1, -2, -3, -4):
        for by in range(1, 128):
            wrong = flipped(one.call.headers[header].encode(), at, by).decode("latin-1")
            with pytest.raises(Forged):
                one.told(replace(one.call, headers={**one.call.headers, header: wrong}))


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 10_000), by=st.integers(1, 127))
def test_any_flipped_byte_of_the_address_that_twilio_called_is_refused(at: int, by: int) -> None:
    one = CALLS["twilio"]
    with pytest.raises(Forged):
        one.told(replace(one.call, url=flipped(one.call.url.encode(), at, by).decode("latin-1")))


SPOILT: list[Callable[[Call], Call]] = [
    lambda call: replace(call, headers={}),
    lambda call: replace(call, headers=dict.fromkeys(call.headers, "")),
    lambda call: replace(call, body=b""),
    lambda call: replace(call, body=b"\xff"),
    lambda call: replace(call, body=call.body + b" "),
]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("spoil", SPOILT)
def test_what_is_missing_is_refused(name: str, spoil: Callable[[Call], Call]) -> None:
    with pytest.raises(Forged):
        CALLS[name].told(spoil(CALLS[name].call))


def test_what_twilio_signs_cannot_be_read_in_another_way() -> None:
    """Its signature is over names and values in a row: `To=x` and `To&x` would be the same to it."""
    form, url = b"MessageSid=SM1&To=x", "https://shop.example/hooks/twilio"
    told = dict(parse_qsl(form.decode()))
    signature = RequestValidator(SECRETS["TWILIO_AUTH_TOKEN"]).compute_signature(url, told)
    one = Genuine("twilio", Call(url, form, NOW, {"x-twilio-signature": signature}), ())
    assert one.told() == []
    for wrong in (b"MessageSid=SM1&To&x", b"MessageSid=SM1&To&x=", b"MessageSid=SM1&&To=x"):
        with pytest.raises(Forged):
            one.told(replace(one.call, body=wrong))
