"""From a delivery to a letter, and from what was rendered to a message."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from engine.compose.letter import Addressed, Composer
from engine.compose.library import Library, Texts
from engine.compose.links import Links
from engine.compose.pool import Renderer
from engine.errors import YoursToFix
from engine.settings import Brand, Channels, ChannelSettings, EmailSettings, Settings
from engine.vocabulary import Channel, Message, Rendered
from tests.compose.conftest import LAYOUTS

NOW = datetime(2026, 3, 25, 10, tzinfo=UTC)
FRONT = "---\nsubject: Hello\n---\n"
LIBRARY = Texts({
    **LAYOUTS, "a.email.j2": FRONT + "<p>{{ brand.name }} {{ links.shop }} {{ now | date }}</p>",
    "a.de.email.j2": FRONT,
    "a.sms.j2": "Hello {{ customer.first_name | default('you') }}", "a.fa.sms.j2": "سلام",
})  # fmt: skip
SETTINGS = Settings(
    brand=Brand(name="Shop", public_url="https://shop.example.com/", timezone="Europe/Berlin"),
    channels=Channels(
        email=EmailSettings(sender="Shop <hello@shop.example.com>"),
        sms=ChannelSettings(
            max_segments=2, opt_out_line="Reply STOP to opt out", opt_out_lines={"fa": "لغو۱۱"}
        ),
    ),
)
LINKS = Links("https://shop.example.com", "key")


def composer(library: Library = LIBRARY) -> Composer:
    return Composer(SETTINGS, library, LINKS)


def to(channel: Channel = Channel.EMAIL, kind: str = "marketing") -> Addressed:
    return Addressed("d1", channel, "a", "anna@example.com", kind)


def message(customer: dict[str, str], channel: Channel = Channel.EMAIL, kind: str = "marketing") -> Message:
    letter = composer().letter(to(channel, kind), {"customer": customer}, NOW)
    return composer().message(to(channel, kind), letter, Rendered("s", "<p>h</p>", "t", segments=1), "token")


@pytest.mark.parametrize(
    ("language", "template", "spoken"),
    [("de", "a.de.email.j2", "de"), ("de-AT", "a.de.email.j2", "de"), ("en", "a.email.j2", "en"),
     ("fr", "a.email.j2", "en"), ("", "a.email.j2", "en")],
)  # fmt: skip
def test_the_language_of_the_letter_is_that_of_its_template(
    language: str, template: str, spoken: str
) -> None:
    letter = composer().letter(to(), {"customer": {"language": language}}, NOW)
    assert letter.template == template
    assert letter.context["message"]["language"] == spoken


def test_a_letter_renders(renderer: Renderer) -> None:
    letter = composer().letter(to(), {"customer": {"id": "c1"}}, NOW)
    [one] = renderer.render([letter], LIBRARY)
    assert one.error == ""
    assert "Shop https://shop.example.com 25 March 2026" in one.text


def test_a_missing_template_is_yours_to_fix() -> None:
    with pytest.raises(YoursToFix, match="there is no template 'b'"):
        composer().letter(Addressed("d", Channel.EMAIL, "b", "x"), {}, NOW)


def test_a_marketing_email_carries_the_way_out() -> None:
    headers = dict(message({"id": "c1"}).headers)
    assert headers["List-Unsubscribe"].startswith(
        f"<{LINKS.unsubscribe('d1')}>, <mailto:hello@shop.example.com?"
    )
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_transactional_email_and_an_sms_carry_none() -> None:
    assert message({"id": "c1"}, kind="transactional").headers == ()
    assert message({"id": "c1"}, Channel.SMS).headers == ()


@pytest.mark.parametrize(
    ("customer", "name"),
    [({}, ""), ({"first_name": "Anna"}, "Anna"), ({"first_name": "Anna", "last_name": "Bee"}, "Anna Bee"),
     ({"first_name": "A\r\nBcc: x@y.example"}, "A Bcc: x@y.example"), ({"first_name": "\0\t "}, "")],
)  # fmt: skip
def test_a_name_is_fit_for_a_header(customer: dict[str, str], name: str) -> None:
    made = message(customer)
    assert made.to_name == name
    EmailMessage()["To"] = made.to_name  # the standard library refuses a line break


def test_a_message_says_where_and_what() -> None:
    made = message({"id": "c1", "language": "de"})
    assert (made.token, made.channel, made.to, made.language) == ("token", "email", "anna@example.com", "de")
    assert (made.subject, made.html, made.text) == ("s", "<p>h</p>", "t")


def test_the_opt_out_line_is_added_counted_and_in_the_language_of_the_letter(renderer: Renderer) -> None:
    def sms(customer: dict[str, str], kind: str = "marketing") -> Rendered:
        letter = composer().letter(to(Channel.SMS, kind), {"customer": customer}, NOW)
        return renderer.render([letter], LIBRARY)[0]

    assert sms({}).text == "Hello you\nReply STOP to opt out"
    assert sms({"language": "fa"}).text == "سلام\nلغو۱۱"
    assert sms({}, "transactional").text == "Hello you"
    long = {"first_name": "x" * 140}
    assert sms(long, "transactional").segments == 1
    assert sms(long).segments == 2


def test_an_sms_over_its_segments_is_not_sent(renderer: Renderer) -> None:
    letter = composer().letter(to(Channel.SMS), {"customer": {"first_name": "x" * 300}}, NOW)
    [one] = renderer.render([letter], LIBRARY)
    assert one.error == "sms_too_long: 3 segments, at most 2 are allowed"
    assert one.segments == 3
    assert one.text == ""
