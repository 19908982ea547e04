"""Odd data, all the way to the wire."""

import email
import email.policy
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from engine.cycle.dispatch import Draft
from engine.outbox.transitions import Claimed
from engine.store.database import Database
from engine.vocabulary import Channel, Verdict
from tests.channels.carrier import Said, carrying
from tests.channels.post import Post, office
from tests.channels.test_file import message
from tests.channels.test_http_providers import ON_WIRE, posted, sendgrid, twilio
from tests.channels.test_smtp import Line
from tests.cycle.test_dispatch import send, smtp
from tests.daemon.shop import Shop
from tests.outbox import shop

ODD = [
    "👩‍👩‍👧 family 👍🏽",
    "سلام یاسمین می‌خواهم ۱۲۳",
    "שלום (12) عربى abc",
    "line one\nline two\n.\n..dots\nFrom here",
    "tab\tand   blanks ",
]


@pytest.mark.parametrize("text", ODD)
def test_texts_arrive_byte_for_byte(text: str) -> None:
    one = message("tok", text=text, subject=text.replace("\n", " ").replace("\t", " ").strip())
    with office(Post()) as post, carrying(Said(202)) as mail, carrying(Said(201, {"sid": "SM1"})) as phone:
        line = Line(post.port)
        assert line.provider.send(one, ON_WIRE).verdict is Verdict.ACCEPTED
        line.close()
        assert sendgrid(mail.url).send(one, ON_WIRE).verdict is Verdict.ACCEPTED
        sms = message("tok", Channel.SMS, text=text)
        assert twilio(phone.url).send(sms, ON_WIRE).verdict is Verdict.ACCEPTED
    ((_, raw),) = post.taken
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed.get_content().replace("\r\n", "\n").removesuffix("\n") == text
    assert str(parsed["Subject"]) == one.subject
    assert mail.heard[0].json["content"][0]["value"] == text
    assert posted(phone)["Body"] == [text]


def test_a_name_makes_no_header_on_the_wire(small: Database, tmp_path: Path) -> None:
    shop.fill(small, 1)

    def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        evil = "Ann\r\nBcc: victim@example.com\r\n\r\nBuy now"
        return [Draft(row, replace(shop.message(row), to_name=evil)) for row in rows]

    with office(Post()) as post:
        send(small, smtp(tmp_path, post.port), write)
    assert post.recipients_taken == ["c0@example.com"]
    parsed = email.message_from_bytes(post.taken[0][1], policy=email.policy.default)
    assert parsed["Bcc"] is None
    assert [name for name in parsed if name.lower() == "to"] == ["To"]
    body = parsed.get_body(("plain",))
    assert body is not None
    assert "Buy now" not in body.get_content()


def test_a_name_of_a_megabyte_costs_nobody_else(small_shop: Shop) -> None:
    small_shop.write(
        "templates/hello.email.j2", "---\nsubject: Hello\n---\n<p>{{ customer.first_name }}</p>\n"
    )
    small_shop.campaign(schedule="daily at 10:00")
    small_shop.customers(3)
    with small_shop.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE customer SET first_name = ? WHERE customer_id = 'c1'", ("x" * 1_100_000,)
        )
    small_shop.app().run(["hello"])
    states = {customer: state for _, customer, state in small_shop.deliveries()}
    assert states == {"c0": "accepted", "c1": "skipped", "c2": "accepted"}
