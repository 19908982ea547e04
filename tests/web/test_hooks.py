"""Genuine calls are taken in, in any order and however often; all others are refused before they are read."""

import base64
import hashlib
import hmac
import json
import random
from itertools import product
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update

from engine import clock, settings
from engine.app import App
from engine.store.database import table
from engine.store.people import Customer, Suppression
from engine.store.replies import OrphanEvent
from tests.events.mail import everything
from tests.outbox.shop import rows
from tests.web.door import Door

Key = ec.EllipticCurvePrivateKey
#: A call is small, its bytes are many: each test flips this many of them, always others.
FLIPS = 12


def event(name: str, kind: str, delivery: str, **more: Any) -> dict[str, Any]:
    return {
        "sg_event_id": name,
        "event": kind,
        "delivery": delivery,
        "email": "c0@people.test",
        "timestamp": 1772449200,
        **more,
    }


def flipped(text: bytes) -> list[bytes]:
    """The text with one byte changed, at many places."""
    places = random.Random(4).sample(range(len(text)), min(FLIPS, len(text)))
    return [text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :] for at in places]


def test_genuine_events_of_sendgrid_are_taken_in(door: Door, sendgrid_key: Key) -> None:
    door.promise()
    first, second, _ = door.hand_over()
    told = [event("a", "delivered", first.delivery_id), event("b", "bounce", second.delivery_id)]
    body, headers = door.sendgrid(sendgrid_key, told)
    answer = door("POST", "/hooks/sendgrid", data=body, headers=headers)
    assert answer.status_code == 200
    assert [row.outcome for row in rows(door.app.database)] == ["delivered", "bounced", None]


def test_any_flipped_byte_is_refused(door: Door, sendgrid_key: Key) -> None:
    door.promise()
    first, *_ = door.hand_over()
    body, headers = door.sendgrid(sendgrid_key, [event("a", "spamreport", first.delivery_id)])
    before = everything(door.app.database)
    for wrong in flipped(body):
        assert door("POST", "/hooks/sendgrid", data=wrong, headers=headers).status_code == 403
    for name in ("X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"):
        for value in [*flipped(headers[name].encode()), b"", b"%%%", "é".encode("latin-1"), b"0" * 9000]:
            mangled = {**headers, name: value}
            assert door("POST", "/hooks/sendgrid", data=body, headers=mangled).status_code == 403, value
        missing = {key: value for key, value in headers.items() if key != name}
        assert door("POST", "/hooks/sendgrid", data=body, headers=missing).status_code == 403
    assert everything(door.app.database) == before
    assert door("POST", "/hooks/sendgrid", data=body, headers=headers).status_code == 200
    assert everything(door.app.database) != before


def test_without_a_key_nobody_is_believed(door: Door, sendgrid_key: Key) -> None:
    door.app = App(settings.load(door.shop.root / "config.yaml", {}))
    body, headers = door.sendgrid(sendgrid_key, [])
    assert door("POST", "/hooks/sendgrid", data=body, headers=headers).status_code == 403
    assert door("POST", "/hooks/twilio", headers=door.twilio("/hooks/twilio", {})).status_code == 403
    assert door("POST", "/hooks/webhook").status_code == 403
    door.app.close()


def test_an_unknown_provider_is_not_found(door: Door) -> None:
    for name in ("nobody", "..", "__init__", "os", "SendGrid", "%00", "a.b"):
        assert door("POST", f"/hooks/{name}").status_code == 404, name


def test_what_is_no_json_was_signed_all_the_same(door: Door, sendgrid_key: Key) -> None:
    oddities: list[Any] = ["text", 5, None, [1, None, {}], {"event": "open"}]
    for strange in oddities:
        body, headers = door.sendgrid(sendgrid_key, strange)
        assert door("POST", "/hooks/sendgrid", data=body, headers=headers).status_code == 200


def test_an_event_about_nobody_we_know_is_kept(door: Door, sendgrid_key: Key) -> None:
    body, headers = door.sendgrid(sendgrid_key, [event("a", "delivered", "elsewhere", email="x@y.test")])
    assert door("POST", "/hooks/sendgrid", data=body, headers=headers).status_code == 200
    with door.app.database.read() as connection:
        (kept,) = connection.execute(select(table(OrphanEvent))).all()
    assert kept.kind == "delivered"


def test_too_much_is_not_read(door: Door) -> None:
    def endless() -> Any:
        for _ in range(5):
            yield b"0" * 1024 * 1024

    assert door("POST", "/hooks/sendgrid", data=b"0" * (5 * 1024 * 1024)).status_code == 413
    assert door("POST", "/hooks/sendgrid", data=endless()).status_code == 413
    assert door("POST", "/p/token", data=b"0" * 100_000).status_code == 413


def test_shuffled_replays_leave_the_same_state(door: Door, sendgrid_key: Key) -> None:
    door.promise()
    sent = door.hand_over()
    kinds = ("delivered", "open", "click", "bounce", "spamreport", "unsubscribe", "deferred")
    told = [
        event(f"{row.customer_id}{kind}", kind, row.delivery_id, timestamp=1772449200 + number * 60)
        for row in sent
        for number, kind in enumerate(kinds[: 4 + int(row.customer_id[1:])])
    ]
    random.Random(7).shuffle(told)
    calls = [door.sendgrid(sendgrid_key, [one]) for one in told]
    for body, headers in calls:
        door("POST", "/hooks/sendgrid", data=body, headers=headers)
    state = everything(door.app.database)
    assert [row.outcome for row in rows(door.app.database)] == ["bounced", "complained", "unsubscribed"]
    for body, headers in random.Random(8).choices(calls, k=50):
        assert door("POST", "/hooks/sendgrid", data=body, headers=headers).status_code == 200
    body, headers = door.sendgrid(sendgrid_key, sorted(told, key=lambda one: str(one["sg_event_id"])))
    assert door("POST", "/hooks/sendgrid", data=body, headers=headers).status_code == 200
    assert everything(door.app.database) == state


def test_twilio_tells_by_the_token_of_the_attempt(door: Door) -> None:
    door.promise(channel="sms")
    first, *_ = door.hand_over()
    path = f"/hooks/twilio?attempt={first.token}"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+15005550006"}
    answer = door("POST", path, data=form, headers=door.twilio(path, form))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert [row.outcome for row in rows(door.app.database)] == ["delivered", None, None]
    for wrong in (path + "&x=1", path.replace("attempt", "Attempt"), "/hooks/twilio"):
        assert door("POST", wrong, data=form, headers=door.twilio(path, form)).status_code == 403
    for body in flipped(urlencode(form).encode()):
        headers = {**door.twilio(path, form), "Content-Type": "application/x-www-form-urlencoded"}
        assert door("POST", path, data=body, headers=headers).status_code == 403, body


def test_no_header_says_where_we_are(door: Door) -> None:
    """Whoever could say where they called could sign for any address that their own account knows."""
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    path = "/hooks/twilio"
    headers = door.twilio(path, form)
    forwarded = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "http"}
    assert door("POST", path, data=form, headers={**headers, **forwarded}).status_code == 200
    assert door("POST", path, data=form, headers={"X-Twilio-Signature": "no"}).status_code == 403
    assert door("POST", path, data=form).status_code == 403


def test_stop_suppresses_and_is_answered_once(door: Door) -> None:
    people = table(Customer)
    with door.app.database.write() as connection:
        number = update(people).where(people.c.customer_id == "c1").values(phone_address="+447700900123")
        connection.execute(number)
    for sender in ("+447700900123", "+15005550009"):  # one that we know, one that we do not
        form = {"MessageSid": f"SM{sender}", "From": sender, "Body": " لغو۱۱ "}
        headers = door.twilio("/hooks/twilio", form)
        answers = [door("POST", "/hooks/twilio", data=form, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        assert ["<Message>" in answer.text for answer in answers] == [True, False, False]
    with door.app.database.read() as connection:
        rows_ = connection.execute(select(table(Suppression))).all()
    assert {(row.channel, row.address, row.reason) for row in rows_} == {
        ("sms", "+447700900123", "opted_out"),
        ("sms", "+15005550009", "opted_out"),
    }


def test_a_system_of_ones_own_tells_too(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    told = [{"id": "1", "event": "delivered", "delivery": first.delivery_id, "at": "2026-03-02T10:05:00Z"}]
    body = json.dumps(told).encode()
    stamp = str(int(clock.now().timestamp()))
    signed = hmac.new(b"secret", f"m1.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
    assert door("POST", "/hooks/webhook", data=body, headers=headers).status_code == 200
    assert rows(door.app.database)[0].outcome == "delivered"
    for wrong in flipped(body)[:5]:
        assert door("POST", "/hooks/webhook", data=wrong, headers=headers).status_code == 403


GARBAGE = ("", "0", "-1", "٣", "v1,", "v1, v1,é", "{", "9" * 5000, "%", "=" * 8)
HEADERS = (
    "X-Twilio-Email-Event-Webhook-Signature",
    "X-Twilio-Email-Event-Webhook-Timestamp",
    "X-Twilio-Signature",
    "X-Twilio-Webhooks-Signature-Settings",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)


def test_malformed_headers_are_refused_and_break_nothing(door: Door) -> None:
    for provider, value in product(("sendgrid", "twilio", "webhook"), GARBAGE):
        headers = dict.fromkeys(HEADERS, value.encode("utf-8"))
        answer = door("POST", f"/hooks/{provider}?a=1", data=b"\xff{a=b&&=", headers=headers)
        assert answer.status_code == 403, value
