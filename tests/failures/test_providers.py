"""Providers that misbehave, through their SDKs and real sockets, and what the ledger makes of it."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from engine.cycle import health
from engine.cycle.visits import Visits
from engine.outbox import pauses
from engine.settings import Settings
from engine.store.database import Database
from engine.store.suppressions import suppression
from engine.vocabulary import Verdict
from tests.channels.carrier import Carrier, Said, carrying
from tests.channels.test_http_providers import LINES, errors, refusal
from tests.channels.test_smtp import Line
from tests.cycle.test_dispatch import send
from tests.cycle.test_rests import TAKEN, over
from tests.outbox import shop
from tests.outbox.shop import NOW


@contextmanager
def mute() -> Iterator[int]:
    """A server that takes calls and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("name", LINES)
def test_timeout_before_the_request_is_written(name: str) -> None:
    opened, sent = LINES[name]
    noted: list[str] = []
    with mute() as port:
        line = opened(f"https://127.0.0.1:{port}", timeout=0.1)
        receipt = line.send(sent, lambda: noted.append("on the wire"))
    assert (receipt.verdict, receipt.channel_wide, noted) == (Verdict.LATER, True, [])


def test_timeout_before_the_message_is_begun_over_smtp() -> None:
    with mute() as port:
        line = Line(port, timeout=0.1)
        receipt = line.send()
        line.close()
    assert (receipt.verdict, receipt.channel_wide, line.noted) == (Verdict.LATER, True, [])


def test_a_bad_key_halts_the_channel_with_one_alarm(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop.fill(database, 10)
    caplog.set_level(logging.INFO)
    with carrying(Said(401, errors("", "The provided authorization grant is invalid"))) as carrier:
        chosen = over(carrier, tmp_path)
        for _ in range(2):
            send(database, chosen)
        assert len(carrier.heard) == 1, "nobody asks again with a key that is wrong"
    assert {row.attempts for row in shop.rows(database)} == {0}
    assert sum("channel email stopped" in one.message for one in caplog.records) == 1
    assert "SG.x" not in caplog.text
    assert any("channel email is stopped: 401" in one for one in health.troubles(database, chosen))
    with database.write() as connection:
        connection.execute(pauses.pause.delete())
    with carrying(TAKEN) as carrier:
        assert send(database, over(carrier, tmp_path)).by_state == {"accepted": 10}
        assert len(carrier.heard) == 10


def by_twilio(carrier: Carrier, root: Path) -> Settings:
    sms = {"provider": "twilio", "from": "+15005550006", "timeout": 0.5, "connections": 1}
    secrets = {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "x", "TWILIO_BASE_URL": carrier.url,
    }  # fmt: skip
    held = {name: SecretStr(text) for name, text in secrets.items()}
    return Settings.model_validate({"channels": {"sms": sms}, "root": root}).model_copy(
        update={"secrets": held}
    )


def test_twilio_holds_a_stop(small: Database, tmp_path: Path) -> None:
    shop.fill(small, 3, channel="sms")
    taken = Said(201, {"sid": "SM1"})
    with carrying(taken, Said(400, refusal(21610)), taken) as carrier:
        for _ in range(2):
            send(small, by_twilio(carrier, tmp_path))
        assert len(carrier.heard) == 3, "never again"
    states = {row.customer_id: (row.state, row.reason) for row in shop.rows(small)}
    assert states.pop("c1") == ("suppressed", "opted_out")
    assert set(states.values()) == {("accepted", None)}
    with small.read() as connection:
        (listed,) = connection.execute(suppression.select()).all()
    assert (listed.channel, listed.reason) == ("sms", "opted_out")


@pytest.mark.parametrize("code", [21408, 21612, 30034])
def test_a_route_that_is_not_allowed_fails_with_its_reason_and_stops_the_campaign(
    small: Database, tmp_path: Path, code: int
) -> None:
    shop.fill(small, 8, channel="sms")
    with carrying(Said(400, refusal(code, "no route"))) as carrier:
        for _ in range(2):
            send(small, by_twilio(carrier, tmp_path))
        assert len(carrier.heard) == 5
    failed = [row for row in shop.rows(small) if row.state == "failed"]
    assert {(row.provider_code, row.attempts) for row in failed} == {(str(code), 1)}
    with small.read() as connection:
        assert pauses.scopes(connection) == {"campaign:hello"}


def test_an_invalid_recipient_is_failed_and_suppressed_and_costs_nobody_else(
    small: Database, tmp_path: Path
) -> None:
    shop.fill(small, 5)
    bad = Said(400, errors("personalizations.0.to.0.email", "Does not contain a valid address."))
    with carrying(TAKEN, bad, TAKEN) as carrier:
        send(small, over(carrier, tmp_path))
    found = {row.customer_id: (row.state, row.reason) for row in shop.rows(small)}
    assert found.pop("c1") == ("failed", "invalid_address")
    assert set(found.values()) == {("accepted", None)}
    with small.read() as connection:
        (listed,) = connection.execute(suppression.select()).all()
    assert (listed.address, listed.reason, listed.at) == ("c1@example.com", "invalid_address", NOW)


def test_each_message_is_a_request_of_its_own(small: Database, tmp_path: Path) -> None:
    """So no batch can be taken in part."""
    shop.fill(small, 3)
    with carrying(TAKEN) as carrier:
        send(small, over(carrier, tmp_path))
        asked = [one.json["personalizations"] for one in carrier.heard]
    assert sorted(one["to"][0]["email"] for (one,) in asked) == [f"c{n}@example.com" for n in range(3)]


@pytest.mark.parametrize("code", ["30003", "30008"])
def test_what_twilio_tells_later_sends_nothing_again(small: Database, tmp_path: Path, code: str) -> None:
    """Unreachable or unknown: the message came back, and its address may be used another time."""
    shop.fill(small, 1, channel="sms")
    with carrying(Said(201, {"sid": "SM1"})) as carrier:
        chosen = by_twilio(carrier, tmp_path)
        send(small, chosen)
        (token,) = attempts(small)
        form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": code, "To": "+15005550006"}
        where = f"/hooks/twilio?attempt={token}"
        url = chosen.brand.public_url.rstrip("/") + where
        headers = {"x-twilio-signature": RequestValidator("x").compute_signature(url, form)}
        body = urlencode(form).encode()
        visits = Visits(small, chosen)
        heard = visits.called("twilio", where, body, headers, {"attempt": token}, NOW + timedelta(minutes=1))
        assert heard is not None
        assert heard.genuine
        for minutes in (1, 20, 24 * 60):
            send(small, chosen, clock=shop.Clock(NOW + timedelta(minutes=minutes)))
        assert len(carrier.heard) == 1
    (row,) = shop.rows(small)
    assert (row.state, row.outcome, row.attempts) == ("accepted", "bounced", 1)
    with small.read() as connection:
        assert connection.execute(suppression.select()).all() == []


def attempts(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.exec_driver_sql("SELECT token FROM attempt").scalars())
