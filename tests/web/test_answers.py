"""STOP, START and HELP by SMS, over the web's door: each is answered once, by the brand's name."""

from xml.etree import ElementTree

import pytest
from sqlalchemy import select, update

from engine.events.hook import HOOKS
from engine.store.database import table
from engine.store.people import Customer, Suppression
from engine.vocabulary import Channel, Event, EventKind
from tests.outbox.shop import NOW
from tests.web.door import Door

NUMBER = "+447700900123"


def send(door: Door, sid: str, body: str, **more: str) -> str:
    """What is answered to that SMS; empty where nothing is."""
    form = {"MessageSid": sid, "From": NUMBER, "Body": body, **more}
    answer = door("POST", "/hooks/twilio", data=form, headers=door.twilio("/hooks/twilio", form))
    assert answer.status_code == 200
    return "".join(ElementTree.fromstring(answer.content).itertext())


def suppressed(door: Door) -> list[str]:
    with door.app.database.read() as connection:
        return list(connection.execute(select(table(Suppression).c.reason)).scalars())


@pytest.mark.parametrize("words", [("STOP", "Start!", "HELP"), ("لغو۱۱", "شروع", "راهنما")])
def test_each_word_is_answered_once(door: Door, words: tuple[str, str, str]) -> None:
    people = table(Customer)
    with door.app.database.write() as connection:
        connection.execute(update(people).where(people.c.customer_id == "c1").values(phone_address=NUMBER))
    stop, start, asks = words
    assert send(door, "SM0", start) == "", "nothing was stopped"
    assert "no more messages" in send(door, "SM1", stop)
    assert suppressed(door) == ["opted_out"]
    assert "Corner Shop: you will get our messages again." in send(door, "SM2", start)
    assert suppressed(door) == []
    assert send(door, "SM2", start) == "", "told again"
    helped = send(door, "SM3", asks)
    assert helped.startswith("Corner Shop: answer STOP to get no more messages")
    assert send(door, "SM3", asks) == ""
    assert send(door, "SM4", "what is this?") == ""
    assert door.said() == [], "no consent comes of it"


def test_what_twilio_answers_itself_is_heeded_in_silence(door: Door) -> None:
    assert send(door, "SM1", "foo", OptOutType="STOP") == ""
    assert suppressed(door) == ["opted_out"]
    assert send(door, "SM2", "foo", OptOutType="START") == ""
    assert suppressed(door) == []
    assert send(door, "SM3", "foo", OptOutType="HELP") == ""


def test_a_brands_name_cannot_bring_markup(door: Door) -> None:
    brand = door.app.settings.brand.model_copy(update={"name": "Ann & <Sons> {x}"})
    door.app.visits.settings = door.app.settings.model_copy(update={"brand": brand})
    assert send(door, "SM1", "help").startswith("Ann & <Sons> {x}: answer STOP")


def test_help_names_the_shops_address() -> None:
    asked = Event("SM1", EventKind.ASKED, NOW, channel=Channel.SMS, address=NUMBER)
    told, _ = HOOKS["twilio"](str, "Corner Shop", "https://shop.example/?a&b").answer([asked], 1)
    assert "https://shop.example/?a&b" in "".join(ElementTree.fromstring(told).itertext())
