"""The bytes of an email, against the standard library as the oracle: what is parsed is what was meant."""

import email
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.channels.mime import Unencodable, mime
from engine.text import single_line
from engine.vocabulary import Channel, Message

NOW = datetime(2026, 3, 2, 10, 0, 5, tzinfo=UTC)
SENDER = "The Shop <hello@shop.example>"
TOKEN = "0123456789abcdef0123456789abcdef"
#: Every script, emoji and odd sign, but no half characters.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
PLAIN = "Hello"


def message(**fields: object) -> Message:
    given = {"token": TOKEN, "channel": Channel.EMAIL, "to": "ann@example.com", "text": PLAIN, "html": ""}
    return Message(**{**given, **fields})  # type: ignore[arg-type]


def made(one: Message, sender: str = SENDER, reply_to: str = "") -> tuple[bytes, EmailMessage]:
    content = mime(one, sender, reply_to, NOW)
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return content, parsed


def well_formed(content: bytes) -> None:
    """CRLF and nothing else, no line too long for SMTP, and a head of ASCII."""
    assert content.replace(b"\r\n", b"").count(b"\r") == content.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.split(b"\r\n\r\n")[0].isascii()
    assert content.endswith(b"\r\n")


def body(part: EmailMessage) -> str:
    """A part's text as the reader gets it; every text ends its last line."""
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def lines(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


@given(subject=TEXTS, text=TEXTS, html=TEXTS.filter(bool))
@example(subject="سلام، جای شما خالی است " * 8, text="نیم‌فاصله\u200cو ۱۲۳", html="<p dir=rtl>سلام</p>" * 99)
@example(subject="👩‍👩‍👧‍👦🏳️‍🌈" * 30, text=".\r\n..\r\n.hidden", html="\n.\n")
@example(subject="=?utf-8?q?not_this?=", text="From the start", html="a" * 5000)
@example(subject=" leading and trailing ", text="", html="é" * 1200)
@example(subject="x" * 3000, text="line\rline", html="tab\t \n space \n")
def test_texts_survive_the_journey(subject: str, text: str, html: str) -> None:
    content, parsed = made(message(subject=subject, text=text, html=html))
    well_formed(content)
    assert parsed["Subject"] == " ".join(single_line(subject).split("\t"))
    plain, rich = parsed.iter_parts()
    assert (plain.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
    assert body(plain) == lines(text)  # type: ignore[arg-type]
    assert body(rich) == lines(html)  # type: ignore[arg-type]
    assert not parsed.defects
    assert not plain.defects


@given(text=TEXTS)
def test_without_html_it_is_one_part(text: str) -> None:
    content, parsed = made(message(text=text))
    well_formed(content)
    assert parsed.get_content_type() == "text/plain"
    assert body(parsed) == lines(text)


@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=110))
@example(name='O"Brien \\ Sons, Ltd. <x@y>')
@example(name="یاسمین ۲۰۲۶")
@example(name="Ann\r\nBcc: all@example.com")
@example(name="=?utf-8?b?SGk=?=")
def test_names_survive_and_stay_names(name: str) -> None:
    content, parsed = made(message(to_name=name))
    well_formed(content)
    (to,) = parsed["To"].addresses
    assert to.addr_spec == "ann@example.com"
    # The new parser of Python 3.11 puts a space between encoded words in a name; the old one does not.
    shown = parseaddr(email.message_from_bytes(content)["To"])[0]
    assert str(make_header(decode_header(shown))) == " ".join(single_line(name).split())
    assert parsed["Bcc"] is None


@given(
    st.text(max_size=40), st.text(max_size=40), st.text(max_size=40),
)  # fmt: skip
def test_no_text_makes_a_header(name: str, subject: str, value: str) -> None:
    """CR, LF and NUL in any text leave exactly the headers that were meant, in their order."""
    one = message(
        to_name=f"{name}\r\nX-A: 1",
        subject=f"{subject}\n\nX-B: 1",
        headers=(("X-Own", f"{value}\0\rX-C: 1"),),
    )
    try:
        content, parsed = made(one)
    except Unencodable as error:
        assert error.code == "encoding"  # noqa: PT017  half characters are refused
        return
    well_formed(content)
    assert [key for key in parsed if key.startswith("X-")] == ["X-Own"]


def test_the_head_says_who_when_and_which() -> None:
    headers = (("List-Unsubscribe", f"<https://shop.example/u/{'t' * 300}>, <mailto:out@shop.example>"),)
    content, parsed = made(message(language="fa", headers=headers), reply_to="Service <care@shop.example>")
    assert parsed["From"] == SENDER
    assert parsed["Reply-To"] == "Service <care@shop.example>"
    assert parsed["Date"].datetime == NOW
    assert parsed["Message-ID"] == f"<{TOKEN}@shop.example>"
    assert parsed["Content-Language"] == "fa"
    assert b"\r\nList-Unsubscribe: <https://shop.example/u/" + b"t" * 300 + b">, <mailto:" in content


def test_a_persian_sender_and_foreign_domains() -> None:
    _, parsed = made(
        message(to="ann@bücher.example"), sender="فروشگاه <سلام@نامه.example>".replace("سلام", "hi")
    )
    assert parsed["From"].addresses[0].display_name == "فروشگاه"
    assert parsed["From"].addresses[0].domain.startswith("xn--")
    assert parsed["To"].addresses[0].addr_spec == "ann@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "@example.com", "a b@example.com", "a\r\n@example.com", "a<b@example.com", "ann@-"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Unencodable) as caught:
        made(message(to=address))
    assert caught.value.bad_address


def test_half_characters_are_refused() -> None:
    with pytest.raises(Unencodable) as caught:
        made(message(text="\ud83d"))
    assert caught.value.code == "encoding"


def test_a_header_has_a_name() -> None:
    with pytest.raises(Unencodable):
        made(message(headers=(("X Bad:", "value"),)))
