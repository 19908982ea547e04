"""The `smtp` provider against a real server that refuses, greylists, hangs up and lies."""

import email
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.channels.channel import open_line
from engine.channels.providers.smtp import SmtpProvider
from engine.errors import YoursToFix
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Message, Receipt, Verdict
from tests.channels.post import Post, free_port, office, only


@pytest.fixture(params=[False, True], ids=["one by one", "pipelined"])
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    with office(Post(pipelining=request.param)) as running:
        yield running


class Line:
    """A line to the server, and whether the last message came to the wire."""

    def __init__(self, port: int, secret: str = "", **settings: Any) -> None:
        given = {"provider": "smtp", "from": "Shop <shop@example.com>", "host": "127.0.0.1", "port": port}
        chosen = ChannelSettings.model_validate({"timeout": 2, **given, **settings})
        self.provider = open_line(Channel.EMAIL, chosen, lambda name: secret, Path())
        self.noted: list[str] = []

    def send(self, to: str = "ann@example.com", text: str = "Hello\n.\n..dots") -> Receipt:
        one = Message(token="t" * 32, channel=Channel.EMAIL, to=to, text=text, subject="Hello")
        return self.provider.send(one, lambda: self.noted.append(to))

    def close(self) -> None:
        self.provider.close()


def test_messages_share_a_connection(post: Post) -> None:
    with closing(Line(post.port)) as line:
        receipts = [line.send(f"c{number}@example.com") for number in range(5)]
    assert {receipt.verdict for receipt in receipts} == {Verdict.ACCEPTED}
    assert post.recipients_taken == line.noted == [f"c{number}@example.com" for number in range(5)]
    assert post.connections == 1
    assert email.message_from_bytes(post.taken[0][1]).get_payload() == "Hello\r\n.\r\n..dots\r\n"


@pytest.mark.parametrize(
    ("answer", "verdict", "bad_address"),
    [
        ("550 5.1.1 no such user", Verdict.REFUSED, True),
        ("550 no mailbox here", Verdict.REFUSED, True),
        ("551 user not local", Verdict.REFUSED, True),
        ("553 5.1.3 bad syntax", Verdict.REFUSED, True),
        ("550 5.7.1 blocked by policy", Verdict.REFUSED, False),
        ("554 5.7.1 relay denied", Verdict.REFUSED, False),
        ("552 5.2.2 mailbox full", Verdict.REFUSED, False),
        ("450 4.2.0 greylisted, try again", Verdict.LATER, False),
        ("451 local error", Verdict.LATER, False),
        ("452 4.3.1 no room", Verdict.LATER, False),
        ("421 4.7.0 too many", Verdict.LATER, False),
    ],
)
def test_one_refused_recipient_costs_nobody_else(
    post: Post, answer: str, verdict: Verdict, bad_address: bool
) -> None:
    post.recipients["bob@example.com"] = [f"{answer}..."]
    with closing(Line(post.port)) as line:
        receipts = [line.send(f"{name}@example.com") for name in ("ann", "bob", "carl")]
    assert [receipt.verdict for receipt in receipts] == [Verdict.ACCEPTED, verdict, Verdict.ACCEPTED]
    assert receipts[1].bad_address is bad_address
    assert receipts[1].code.startswith(answer[:3])
    assert not receipts[1].channel_wide
    assert post.recipients_taken == line.noted == ["ann@example.com", "carl@example.com"]


def test_a_refused_text_is_definite(post: Post) -> None:
    post.texts["ann@example.com"] = ["554 5.6.0 looks like spam to ann@example.com", "451 4.3.0 busy"]
    with closing(Line(post.port)) as line:
        first, second, third = line.send(), line.send(), line.send()
    assert [one.verdict for one in (first, second, third)] == [
        Verdict.REFUSED,
        Verdict.LATER,
        Verdict.ACCEPTED,
    ]
    assert not first.bad_address
    assert first.detail == "5.6.0 looks like spam to (address)"
    assert post.recipients_taken == ["ann@example.com"]


@pytest.mark.parametrize("manner", ["drop", "hang"])
def test_an_answer_lost_after_the_final_dot_is_a_doubt(post: Post, manner: str) -> None:
    post.texts["ann@example.com"] = [manner]
    with closing(Line(post.port, timeout=0.05)) as line:
        receipt = line.send()
        assert receipt.verdict is Verdict.UNKNOWN
        assert line.send("bob@example.com").verdict is Verdict.ACCEPTED
    assert post.recipients_taken == ["ann@example.com", "bob@example.com"], (
        "it took the message it never confirmed"
    )


def test_a_line_that_was_idle_too_long_is_dialled_again(post: Post) -> None:
    with closing(Line(post.port)) as line:
        assert line.send().verdict is Verdict.ACCEPTED
        post.senders += ["421 4.4.2 idle too long"]
        assert line.send("bob@example.com").verdict is Verdict.ACCEPTED
        post.senders += ["drop"]
        assert line.send("carl@example.com").verdict is Verdict.ACCEPTED
    assert post.recipients_taken == [f"{name}@example.com" for name in ("ann", "bob", "carl")]
    assert post.connections == 3


def test_a_message_that_may_not_begin_after_all_leaves_no_half_conversation(post: Post) -> None:
    def too_late() -> None:
        raise RuntimeError

    with closing(Line(post.port)) as line:
        one = Message(token="t" * 32, channel=Channel.EMAIL, to="ann@example.com", text="Hello")
        with pytest.raises(RuntimeError):
            line.provider.send(one, too_late)
        assert line.send("bob@example.com").verdict is Verdict.ACCEPTED
    assert post.recipients_taken == ["bob@example.com"]


def test_a_refused_sender_is_the_channels_fault(post: Post) -> None:
    post.senders += ["550 5.7.1 not your domain..."]
    with closing(Line(post.port)) as line:
        assert line.send().verdict is Verdict.HALT
    assert line.noted == []


def test_nobody_listens() -> None:
    with closing(Line(free_port())) as line:
        receipt = line.send()
    assert (receipt.verdict, receipt.channel_wide) == (Verdict.LATER, True)
    assert line.noted == []


def test_no_such_host() -> None:
    with closing(Line(25, host="no-such-host.invalid", security="none")) as line:
        receipt = line.send()
    assert (receipt.verdict, receipt.channel_wide) == (Verdict.LATER, True)


def test_a_wrong_password_halts_the_channel() -> None:
    options = {"authenticator": only("right"), "auth_require_tls": False}
    with office(Post(), **options) as post:
        with closing(Line(post.port, secret="wrong", username="shop")) as line:
            receipt = line.send()
        assert receipt.verdict is Verdict.HALT
        assert receipt.code.startswith("535")
        assert "wrong" not in str(receipt)
        with closing(Line(post.port, secret="right", username="shop")) as line:
            assert line.send().verdict is Verdict.ACCEPTED


def test_a_password_is_needed_and_asked_for_by_name(post: Post) -> None:
    with closing(Line(post.port, username="shop")) as line:
        receipt = line.send()
    assert receipt.verdict is Verdict.HALT
    assert "SMTP_PASSWORD" in receipt.detail


def test_a_server_that_wants_a_login_halts_the_channel() -> None:
    with (
        office(Post(senders=["530 5.7.0 Authentication required"])) as post,
        closing(Line(post.port)) as line,
    ):
        assert line.send().verdict is Verdict.HALT


def test_promised_security_is_kept_or_nothing_is_sent(post: Post) -> None:
    with closing(Line(post.port, security="starttls")) as line:
        receipt = line.send()
    assert receipt.verdict is Verdict.HALT
    assert post.taken == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_lines(tmp_path: Path, security: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
    options = {"tls_context": context} if security == "starttls" else {"ssl_context": context}
    with office(Post(), **options) as post:
        settings = {"security": security, "host": "localhost"}
        with closing(Line(post.port, **settings)) as stranger:
            receipt = stranger.send()
        assert (receipt.verdict, receipt.channel_wide) == (Verdict.LATER, True), "an unknown certificate"
        with closing(Line(post.port, ca_file=str(tmp_path / "cert.pem"), **settings)) as line:
            assert line.send().verdict is Verdict.ACCEPTED
        assert len(post.taken) == 1


def certificate(folder: Path) -> tuple[Path, Path]:
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem".split(),
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


def test_addresses_of_all_scripts() -> None:
    with office(Post(), enable_SMTPUTF8=False) as post, closing(Line(post.port)) as line:
        assert line.send("ann@bücher.example").verdict is Verdict.ACCEPTED
        refused = line.send("یاسمین@example.com")
    assert post.recipients_taken == ["ann@xn--bcher-kva.example"]
    assert (refused.verdict, refused.detail, refused.bad_address) == (Verdict.REFUSED, "smtputf8", False)
    with office(Post(), enable_SMTPUTF8=True) as post, closing(Line(post.port)) as line:
        assert line.send("یاسمین@example.com").verdict is Verdict.ACCEPTED
    assert post.recipients_taken == ["یاسمین@example.com"]


def test_staging_sends_everything_to_one_address(post: Post) -> None:
    post.recipients["staging@example.com"] = ["250 OK", "550 5.1.1 who?"]
    with closing(Line(post.port, redirect_to="staging@example.com")) as line:
        assert line.send("ann@example.com").verdict is Verdict.ACCEPTED
        refused = line.send("bob@example.com")
    assert post.recipients_taken == ["staging@example.com"]
    assert not refused.bad_address, "it says nothing about bob"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"prot": 25}, "no setting 'prot' (did you mean 'port'?)"),
        ({"security": "ssl"}, "security"),
        ({"timeout": 3, "username": ["a"]}, "username"),
        ({"from": "The Shop"}, "is no address"),
        ({"provider": "smpt"}, "did you mean 'smtp'?"),
    ],
)
def test_wrong_settings_say_so(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(YoursToFix) as caught:
        Line(25, **settings)
    assert words in str(caught.value)


def test_smtp_does_not_carry_sms() -> None:
    assert SmtpProvider.channels == (Channel.EMAIL,)
    with pytest.raises(YoursToFix) as caught:
        open_line(Channel.SMS, ChannelSettings(provider="smtp"), str, Path())
    assert "does not carry sms" in str(caught.value)
