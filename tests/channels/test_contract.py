"""Every shape of message, as the SDKs put it on the wire, against what the providers themselves describe."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import fastjsonschema
import pytest

from engine.channels.evidence import CannotAsk, Doubt
from engine.vocabulary import Channel, Message
from tests.channels import openapi
from tests.channels.carrier import Heard, Said, carrying
from tests.channels.test_file import message
from tests.channels.test_http_providers import ON_WIRE, sendgrid, twilio

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
UNSUBSCRIBE = (
    ("List-Unsubscribe", "<https://shop.example/u/abc>, <mailto:leave@shop.example?subject=abc>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)
SERVICE = "MG" + "a" * 32
Refused = fastjsonschema.JsonSchemaValueException

LETTERS: dict[str, tuple[Message, dict[str, Any]]] = {
    "html and text": (message("tok", html="<p>Hi</p>"), {}),
    "text alone": (message("tok"), {}),
    "html alone": (message("tok", html="<p>Hi</p>", text=""), {}),
    "marketing": (message("tok", html="<p>سلام</p>", headers=UNSUBSCRIBE, delivery="d1"), {}),
    "to a name": (message("tok", html="<p>Hi</p>", to_name='Ann "A" O\'Hara, یاسمین'), {}),
    "to another alphabet": (message("tok", html="<p>Hi</p>", to="ann@bücher.example"), {}),
    "with an address for answers": (message("tok"), {"reply_to": "Care <care@example.com>"}),
    "from an address alone": (message("tok"), {"from": "shop@example.com"}),
    "tracked by them": (message("tok", html="<p>Hi</p>"), {"tracking": True}),
    "of a long campaign": (message("tok", campaign="c" * 255), {}),
    "of no campaign": (message("tok", campaign=""), {}),
}
SMS: dict[str, tuple[Message, dict[str, Any]]] = {
    "from a number": (message("tok", Channel.SMS), {}),
    "from a name": (message("tok", Channel.SMS), {"from": "Corner Shop"}),
    "by a service": (message("tok", Channel.SMS), {"from": "", "service": SERVICE}),
    "by a service, from a number": (message("tok", Channel.SMS), {"service": SERVICE}),
    "told back": (message("tok", Channel.SMS, callback="https://shop.example/hooks/twilio?attempt=tok"), {}),
    "soon too late": (message("tok", Channel.SMS, send_by=NOW + timedelta(minutes=5)), {}),
    "kept a minute": (message("tok", Channel.SMS), {"validity": 60}),
}


def letter(sent: Message, more: dict[str, Any]) -> Heard:
    with carrying(Said(202, headers={"X-Message-Id": "m1"})) as carrier:
        sendgrid(carrier.url, **more).send(sent, ON_WIRE)
        return carrier.heard[0]


def text(sent: Message, more: dict[str, Any]) -> Heard:
    with carrying(Said(201, {"sid": "SM1"})) as carrier:
        twilio(carrier.url, **more).send(sent, ON_WIRE)
        return carrier.heard[0]


@pytest.mark.parametrize("shape", LETTERS)
def test_sendgrid_is_asked_as_its_document_says(shape: str) -> None:
    heard = letter(*LETTERS[shape])
    openapi.sendgrid(heard)
    assert "asm" not in heard.json, "who leaves is our business, not a group's of theirs"


@pytest.mark.parametrize("shape", SMS)
def test_twilio_is_asked_as_its_document_says(shape: str) -> None:
    openapi.twilio(text(*SMS[shape]), "post")


def test_twilio_is_asked_what_it_has_as_its_document_says() -> None:
    doubt = Doubt("tok", "+447700900123", "x", NOW, NOW)
    with carrying(Said(500)) as carrier, pytest.raises(CannotAsk):
        twilio(carrier.url).evidence([doubt], frozenset())
    openapi.twilio(carrier.heard[0], "get")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda told: told.pop("from"), "must contain"),
        (lambda told: told.update(custom_args={"delivery": "d1"}), "must be string"),
        (lambda told: told.update(colour="red"), "must not contain"),
        (lambda told: told["content"][0].update(value=""), "longer than or equal"),
        (lambda told: told["personalizations"].extend([told["personalizations"][0]] * 1000), "less than"),
        (lambda told: told.update(categories=["a"] * 11), "less than"),
    ],
)
def test_the_document_finds_what_is_wrong(wrong: Any, told: str) -> None:
    heard = letter(*LETTERS["html and text"])
    spoilt = heard.json
    wrong(spoilt)
    with pytest.raises(Refused, match=told):
        openapi.sendgrid(Heard(heard.path, heard.headers, json.dumps(spoilt).encode(), None))


@pytest.mark.parametrize("wrong", [b"From=%2B1", b"Colour=red", b"To=%2B1&MessagingServiceSid=MG1"])
def test_the_document_finds_what_is_wrong_in_a_form(wrong: bytes) -> None:
    heard = text(*SMS["from a number"])
    with pytest.raises(Refused):
        openapi.twilio(Heard(heard.path, heard.headers, wrong, None), "post")
