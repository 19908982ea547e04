"""The `file` provider: what would have gone out, as files that a person can open."""

import email
import email.policy
from pathlib import Path
from typing import Any

import pytest

from engine.channels.channel import Provider, open_line
from engine.settings import ChannelSettings
from engine.vocabulary import Channel, Message, Receipt, Verdict


def line(
    root: Path, channel: Channel = Channel.EMAIL, sender: str = "Shop <shop@example.com>", **settings: Any
) -> Provider:
    chosen = ChannelSettings.model_validate({"from": sender, **settings})
    return open_line(channel, chosen, str, root)


def message(token: str = "a1", channel: Channel = Channel.EMAIL, **fields: Any) -> Message:
    to = "ann@example.com" if channel is Channel.EMAIL else "+447700900123"
    given = {
        "to": to,
        "text": "سلام Ann",
        "subject": "Hello",
        "campaign": "win-back",
        "slot": "2026-03-02T10:00",
    }
    return Message(token=token, channel=channel, **{**given, **fields})


def test_an_email_is_a_file_that_opens(tmp_path: Path) -> None:
    noted: list[str] = []
    receipt = line(tmp_path).send(message(), lambda: noted.append("on the wire"))
    assert receipt == Receipt(Verdict.ACCEPTED, provider_id="win-back_2026-03-02T1000_a1.eml")
    assert noted == ["on the wire"]
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.name == receipt.provider_id
    parsed = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert (parsed["To"], parsed["From"], parsed["Subject"]) == (
        "ann@example.com",
        "Shop <shop@example.com>",
        "Hello",
    )
    assert parsed.get_payload(decode=True) == "سلام Ann\r\n".encode()


def test_an_sms_is_a_text_and_its_sender_a_number_or_a_name(tmp_path: Path) -> None:
    for sender in ("+15005550006", "The Shop"):
        sms = line(tmp_path, Channel.SMS, sender)
        receipt = sms.send(message(sender, Channel.SMS, segments=2), lambda: None)
        assert receipt.verdict is Verdict.ACCEPTED
        text = (tmp_path / "outbox" / receipt.provider_id).read_text(encoding="utf-8")
        assert text == f"From: {sender}\nTo: +447700900123\nSegments: 2\n\nسلام Ann\n"


def test_a_repetition_would_be_seen_as_a_second_file(tmp_path: Path) -> None:
    provider = line(tmp_path)
    for token in ("a1", "b2", "b2"):
        provider.send(message(token), lambda: None)
    assert len(list((tmp_path / "outbox").iterdir())) == 2


def test_names_of_campaigns_and_slots_never_leave_the_folder(tmp_path: Path) -> None:
    provider = line(tmp_path, folder="letters")
    provider.send(message(campaign="../../x", slot="/etc/a:b\n" + "c" * 300), lambda: None)
    (file,) = (tmp_path / "letters").iterdir()
    assert file.name.startswith("..-..-x_-etc-ab-ccc")
    assert len(file.name) < 200


def test_nothing_half_written_has_a_messages_name(tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        line(tmp_path).send(message(), stop)
    assert not list((tmp_path / "outbox").glob("[!.]*"))


def test_a_shop_that_has_not_said_who_it_is_can_still_look(tmp_path: Path) -> None:
    assert line(tmp_path, sender="").send(message(), lambda: None).verdict is Verdict.ACCEPTED


def test_a_sender_that_is_no_address_is_the_channels_fault(tmp_path: Path) -> None:
    receipt = line(tmp_path, sender="The Shop").send(message(), lambda: None)
    assert receipt.verdict is Verdict.HALT
    assert "is no address" in receipt.detail


@pytest.mark.parametrize(
    ("fields", "code", "bad_address"),
    [
        ({"to": "nobody"}, "address", True),
        ({"text": "\ud800"}, "encoding", False),
        ({"headers": (("a b", ""),)}, "header", False),
    ],
)
def test_what_cannot_be_written_is_refused(
    tmp_path: Path, fields: dict[str, Any], code: str, bad_address: bool
) -> None:
    receipt = line(tmp_path).send(message(**fields), lambda: None)
    assert (receipt.verdict, receipt.code, receipt.bad_address) == (Verdict.REFUSED, code, bad_address)
