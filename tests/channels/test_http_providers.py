"""SendGrid, Twilio and the webhook through their SDKs and real sockets: what each answer means."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import time_machine

from engine.channels.channel import Provider, open_line
from engine.errors import YoursToFix
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Message, Receipt, Verdict
from tests.channels.carrier import Carrier, Said, carrying
from tests.channels.post import free_port
from tests.channels.test_file import message

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
KEYS = {
    "SENDGRID_API_KEY": "SG.secret",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "secret",
    "WEBHOOK_SECRET": "secret",
}
ON_WIRE: Callable[[], None] = lambda: None  # noqa: E731


def sendgrid(url: str, root: Path = Path(), **more: Any) -> Provider:
    given = {"provider": "sendgrid", "from": "The Shop <shop@example.com>", "timeout": 0.5, **more}
    secrets = {**KEYS, "SENDGRID_BASE_URL": url}
    return open_line(
        Channel.EMAIL, ChannelSettings.model_validate(given), lambda name: secrets.get(name, ""), root
    )


def twilio(url: str, root: Path = Path(), **more: Any) -> Provider:
    given = {"provider": "twilio", "from": "+15005550006", "timeout": 0.5, **more}
    secrets = {**KEYS, "TWILIO_BASE_URL": url}
    return open_line(
        Channel.SMS, ChannelSettings.model_validate(given), lambda name: secrets.get(name, ""), root
    )


def webhook(url: str, root: Path = Path(), **more: Any) -> Provider:
    given = {"provider": "webhook", "url": f"{url}/take", "timeout": 0.5, **more}
    return open_line(
        Channel.SMS, ChannelSettings.model_validate(given), lambda name: KEYS.get(name, ""), root
    )


EMAIL = message(
    "tok", html="<p>Hi</p>", delivery="d1", headers=(("List-Unsubscribe", "<https://x.example>"),)
)
SMS = message("tok", Channel.SMS, delivery="d1", callback="https://shop.example/hooks/twilio?attempt=tok")
LINES: dict[str, tuple[Callable[..., Provider], Message]] = {
    "sendgrid": (sendgrid, EMAIL),
    "twilio": (twilio, SMS),
    "webhook": (webhook, SMS),
}


def refusal(code: int, told: str = "no") -> dict[str, object]:
    return {"code": code, "message": told, "status": 400}


def errors(field: str, told: str) -> dict[str, object]:
    return {"errors": [{"message": told, "field": field, "help": None}]}


V = Verdict
#: The provider, what it answers, and what that means: verdict, code, and which of the marks it bears.
ANSWERS: list[tuple[str, Said, Verdict, str, str]] = [
    ("sendgrid", Said(202, headers={"X-Message-Id": "m1"}), V.ACCEPTED, "", ""),
    ("sendgrid", Said(429, "{}", {"Retry-After": "7"}), V.LATER, "429", "channel_wide"),
    ("sendgrid", Said(401, errors("", "bad key")), V.HALT, "401", ""),
    ("sendgrid", Said(403, errors("from", "not a verified sender")), V.HALT, "403", ""),
    ("sendgrid", Said(404), V.HALT, "404", ""),
    ("sendgrid", Said(413), V.REFUSED, "413", ""),
    ("sendgrid", Said(400, errors("personalizations.0.to.0.email", "bad")), V.REFUSED, "400", "bad_address"),
    ("sendgrid", Said(400, errors("content.0.value", "empty")), V.REFUSED, "400", ""),
    ("sendgrid", Said(400, "not json"), V.REFUSED, "400", ""),
    ("sendgrid", Said(500), V.UNKNOWN, "500", ""),
    ("sendgrid", Said(503, "", {"Retry-After": "9"}), V.UNKNOWN, "503", ""),
    ("twilio", Said(201, {"sid": "SM1"}), V.ACCEPTED, "", ""),
    ("twilio", Said(429, refusal(20429), {"Retry-After": "7"}), V.LATER, "429", "channel_wide"),
    ("twilio", Said(401, refusal(20003)), V.HALT, "20003", ""),
    ("twilio", Said(400, refusal(21606)), V.HALT, "21606", ""),
    ("twilio", Said(400, refusal(21211)), V.REFUSED, "21211", "bad_address"),
    ("twilio", Said(400, refusal(21614)), V.REFUSED, "21614", "bad_address"),
    ("twilio", Said(400, refusal(21610)), V.REFUSED, "21610", "opted_out"),
    ("twilio", Said(403, refusal(21408)), V.REFUSED, "21408", ""),
    ("twilio", Said(400, refusal(21612)), V.REFUSED, "21612", ""),
    ("twilio", Said(400, refusal(30034)), V.REFUSED, "30034", ""),
    ("twilio", Said(500, "oops"), V.UNKNOWN, "500", ""),
    ("webhook", Said(200, {"id": "yours-7"}), V.ACCEPTED, "", ""),
    ("webhook", Said(429, "", {"Retry-After": "7"}), V.LATER, "429", "channel_wide"),
    ("webhook", Said(401, "who are you"), V.HALT, "401", ""),
    ("webhook", Said(422, "no such person"), V.REFUSED, "422", ""),
    ("webhook", Said(502), V.UNKNOWN, "502", ""),
]


@pytest.mark.parametrize(("name", "said", "verdict", "code", "mark"), ANSWERS)
def test_what_an_answer_means(name: str, said: Said, verdict: Verdict, code: str, mark: str) -> None:
    opened, sent = LINES[name]
    noted: list[str] = []
    with carrying(said) as carrier:
        receipt = opened(carrier.url).send(sent, lambda: noted.append("on the wire"))
    assert (receipt.verdict, receipt.code if verdict is not V.ACCEPTED else "") == (verdict, code)
    marks = [one for one in ("bad_address", "opted_out", "channel_wide") if getattr(receipt, one)]
    assert marks == ([mark] if mark else [])
    assert noted == ["on the wire"]


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("way", ["drop", "hang"])
def test_an_answer_that_is_lost_is_a_doubt(name: str, way: str) -> None:
    opened, sent = LINES[name]
    with carrying(Said(way=way)) as carrier:
        receipt = opened(carrier.url).send(sent, ON_WIRE)
        assert len(carrier.heard) == 1, "nothing is tried again behind our back"
    assert (receipt.verdict, receipt.code) == (V.UNKNOWN, "lost")


@pytest.mark.parametrize("name", LINES)
def test_a_server_that_cannot_be_reached_has_heard_nothing(name: str) -> None:
    opened, sent = LINES[name]
    noted: list[str] = []
    receipt = opened(f"http://127.0.0.1:{free_port()}").send(sent, lambda: noted.append("on the wire"))
    assert (receipt.verdict, receipt.code, receipt.channel_wide) == (V.LATER, "unreachable", True)
    assert noted == []


@pytest.mark.parametrize("name", LINES)
def test_tls_that_fails_has_heard_nothing(name: str) -> None:
    opened, sent = LINES[name]
    with carrying() as carrier:
        receipt = opened(carrier.url.replace("http://", "https://")).send(sent, ON_WIRE)
    assert (receipt.verdict, receipt.code) == (V.LATER, "unreachable")


@pytest.mark.parametrize("name", LINES)
def test_one_connection_serves_many_messages_and_is_dialled_again(name: str) -> None:
    opened, sent = LINES[name]
    taken = Said(201, {"sid": "SM1"})
    with carrying(taken, taken, Said(way="drop"), taken) as carrier:
        line = opened(carrier.url)
        verdicts = [line.send(sent, ON_WIRE).verdict for _ in range(4)]
        line.close()
    assert verdicts == [V.ACCEPTED, V.ACCEPTED, V.UNKNOWN, V.ACCEPTED]
    first, second, third, fourth = (one.connection for one in carrier.heard)
    assert first == second == third != fourth


@pytest.mark.parametrize("name", LINES)
def test_without_a_key_the_channel_halts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, sent = LINES[name]
    monkeypatch.setattr(f"{__name__}.KEYS", {})
    with carrying() as carrier:
        receipt = opened(carrier.url).send(sent, ON_WIRE)
        assert carrier.heard == []
    assert (receipt.verdict, receipt.code) == (V.HALT, "key")


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "90"}, 90),
        ({"Retry-After": "Mon, 02 Mar 2026 10:02:00 GMT"}, 120),
        ({"Retry-After": "864000"}, 3600),
        ({"Retry-After": "-5"}, 60),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 30)}, 30),
        ({"X-RateLimit-Reset": "1"}, 1),
        ({}, 60),
    ],
)
def test_until_when_it_asks_us_to_wait(name: str, headers: dict[str, str], wait: int) -> None:
    opened, sent = LINES[name]
    with time_machine.travel(NOW, tick=False), carrying(Said(429, "{}", headers)) as carrier:
        assert opened(carrier.url).send(sent, ON_WIRE).until == NOW + timedelta(seconds=wait)


def posted(carrier: Carrier) -> dict[str, list[str]]:
    return parse_qs(carrier.heard[0].body.decode())


def test_what_sendgrid_is_told() -> None:
    with carrying(Said(202, headers={"X-Message-Id": "m1"})) as carrier:
        receipt = sendgrid(carrier.url, reply_to="Care <care@example.com>").send(EMAIL, ON_WIRE)
    assert receipt == Receipt(V.ACCEPTED, provider_id="m1")
    (heard,) = carrier.heard
    assert (heard.path, heard.headers["Authorization"]) == ("/v3/mail/send", "Bearer SG.secret")
    told = heard.json
    assert told["personalizations"] == [
        {"to": [{"email": "ann@example.com"}], "custom_args": {"delivery": "d1", "attempt": "tok"}}
    ]
    assert told["from"] == {"email": "shop@example.com", "name": "The Shop"}
    assert told["reply_to"] == {"email": "care@example.com", "name": "Care"}
    assert sorted(told["categories"]) == ["rekindle", "win-back"]
    assert told["headers"] == {"List-Unsubscribe": "<https://x.example>"}
    assert [part["type"] for part in told["content"]] == ["text/plain", "text/html"]
    assert told["tracking_settings"]["click_tracking"]["enable"] is False


def test_what_twilio_is_told() -> None:
    sent = message("tok", Channel.SMS, callback=SMS.callback, send_by=NOW + timedelta(minutes=5))
    with time_machine.travel(NOW, tick=False), carrying(Said(201, {"sid": "SM1"})) as carrier:
        receipt = twilio(carrier.url, service="MG" + "a" * 32).send(sent, ON_WIRE)
    assert receipt == Receipt(V.ACCEPTED, provider_id="SM1")
    account = KEYS["TWILIO_ACCOUNT_SID"]
    assert carrier.heard[0].path == f"/2010-04-01/Accounts/{account}/Messages.json"
    basic = base64.b64encode(f"{account}:secret".encode()).decode()
    assert carrier.heard[0].headers["Authorization"] == f"Basic {basic}"
    assert posted(carrier) == {
        "To": ["+447700900123"],
        "From": ["+15005550006"],
        "MessagingServiceSid": ["MG" + "a" * 32],
        "Body": ["سلام Ann"],
        "StatusCallback": ["https://shop.example/hooks/twilio?attempt=tok"],
        "ValidityPeriod": ["300"],
    }


def test_a_webhook_is_signed_as_standard_webhooks_asks() -> None:
    with time_machine.travel(NOW, tick=False), carrying(Said(200)) as carrier:
        webhook(carrier.url).send(SMS, ON_WIRE)
    (heard,) = carrier.heard
    at = str(int(NOW.timestamp()))
    digest = hmac.new(b"secret", f"tok.{at}.".encode() + heard.body, hashlib.sha256).digest()
    assert heard.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert (heard.headers["webhook-id"], heard.headers["webhook-timestamp"]) == ("tok", at)
    assert heard.json["text"] == "سلام Ann"
    assert heard.json["to"] == "+447700900123"


def test_a_503_may_be_trusted_where_the_shop_says_so() -> None:
    with carrying(Said(503, "", {"Retry-After": "9"})) as carrier:
        assert sendgrid(carrier.url, trust_503=True).send(EMAIL, ON_WIRE).verdict is V.LATER


def test_twilio_needs_a_sender() -> None:
    nobody: dict[str, Any] = {"from": ""}
    with pytest.raises(YoursToFix, match=r"channels\.sms needs `from`, "):
        twilio("http://127.0.0.1:1", **nobody)
