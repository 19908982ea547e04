"""Twilio asked what it has: only the one message that it can be is evidence."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.channels.channel import PROVIDERS, open_line
from engine.channels.evidence import CannotAsk, Doubt, Found, imprint
from engine.settings import ChannelSettings
from engine.vocabulary import Channel
from tests.channels.carrier import Said, carrying
from tests.channels.test_http_providers import KEYS, twilio

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TO, TEXT = "+447700900123", "سلام Ann, 20% off"
DOUBT = Doubt("tok", TO, imprint(TEXT), NOW, NOW + timedelta(seconds=30))


def listed(sid: str = "SM1", **more: Any) -> dict[str, Any]:
    """A message as Twilio lists one."""
    made = more.pop("made", NOW + timedelta(seconds=3))
    return {
        "sid": sid,
        "to": TO,
        "from": "+15005550006",
        "body": TEXT,
        "direction": "outbound-api",
        "status": "delivered",
        "date_created": format_datetime(made),
        "date_sent": format_datetime(made),
        "error_code": None,
        "messaging_service_sid": None,
        **more,
    }


def page(*messages: Mapping[str, Any]) -> Said:
    path = f"/2010-04-01/Accounts/{KEYS['TWILIO_ACCOUNT_SID']}/Messages.json"
    return Said(200, {"messages": list(messages), "uri": path, "next_page_uri": None})


def asked(*messages: Mapping[str, Any], doubts: tuple[Doubt, ...] = (DOUBT,), **more: Any) -> list[Found]:
    known = frozenset(more.pop("known", ()))
    with carrying(page(*messages)) as carrier:
        found = list(twilio(carrier.url, **more).evidence(doubts, known))
        assert len(carrier.heard) == 1, "one request an address"
    return found


def test_the_only_message_that_it_can_be_is_evidence() -> None:
    assert asked(listed()) == [Found("tok", "SM1", "delivered")]
    assert asked(listed(body=" سلام  Ann, 20% off ")) == [Found("tok", "SM1", "delivered")]
    failed = listed(status="undelivered", error_code=30005)
    assert asked(failed) == [Found("tok", "SM1", "undelivered", "30005")]


@pytest.mark.parametrize(
    "other",
    [
        {"body": TEXT + "!"},
        {"body": None},
        {"to": "+447700900124"},
        {"from": "+15005550007"},
        {"direction": "inbound"},
        {"made": NOW - timedelta(minutes=3)},
        {"made": NOW + timedelta(minutes=3)},
        {"date_created": None},
    ],
    ids=str,
)
def test_what_can_be_another_message_is_none(other: dict[str, Any]) -> None:
    assert asked(listed(**other)) == []


def test_two_that_look_alike_are_evidence_for_neither() -> None:
    assert asked(listed(), listed("SM2")) == []
    assert asked(listed(), listed("SM2"), known=["SM2"]) == [Found("tok", "SM1", "delivered")]
    twin = Doubt("twin", TO, imprint(TEXT), NOW + timedelta(seconds=5), NOW + timedelta(seconds=30))
    assert asked(listed(), doubts=(DOUBT, twin)) == []
    assert asked(*(listed(f"SM{number}", body="other") for number in range(49)), listed("SM50")) == [], (
        "a full list may hide another"
    )


def test_a_messaging_service_names_what_is_ours() -> None:
    service = "MG" + "a" * 32
    assert asked(listed(), service=service) == []
    by_service = listed(messaging_service_sid=service) | {"from": None}
    assert asked(by_service, service=service) == [Found("tok", "SM1", "delivered")]


def test_what_twilio_is_asked() -> None:
    with carrying(page()) as carrier:
        assert list(twilio(carrier.url).evidence([DOUBT], frozenset())) == []
        (heard,) = carrier.heard
    assert parse_qs(urlsplit(heard.path).query) == {
        "To": [TO],
        "DateSent>": ["2026-03-02T09:58:00Z"],
        "DateSent<": ["2026-03-02T20:02:30Z"],
        "PageSize": ["50"],
    }


@pytest.mark.parametrize(
    "said",
    [Said(500), Said(429, "{}"), Said(401, {"code": 20003, "message": "no", "status": 401}),
     Said(way="drop"), Said(200, "no json")],
)  # fmt: skip
def test_what_is_no_answer_is_no_evidence(said: Said) -> None:
    with carrying(said) as carrier, pytest.raises(CannotAsk):
        twilio(carrier.url).evidence([DOUBT], frozenset())


def test_without_a_key_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.channels.test_http_providers.KEYS", {})
    with carrying() as carrier, pytest.raises(CannotAsk, match="TWILIO_ACCOUNT_SID"):
        twilio(carrier.url).evidence([DOUBT], frozenset())
    assert carrier.heard == []


def test_only_twilio_can_be_asked() -> None:
    assert [name for name, kind in PROVIDERS.kinds.items() if kind.lists] == ["twilio"]
    line = open_line(Channel.EMAIL, ChannelSettings(provider="file"), str, Path())
    assert line.evidence([DOUBT], frozenset()) == ()
