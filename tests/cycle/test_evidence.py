"""Doubts that Twilio is asked about, through a real dispatch and a real socket, on both databases."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from engine.channels.evidence import Doubt, Found, imprint
from engine.channels.providers.twilio import TwilioProvider
from engine.cycle import evidence
from engine.cycle.dispatch import dispatch
from engine.outbox import rests
from engine.outbox.intent import attempt
from engine.settings import Settings
from engine.store.database import Database
from engine.vocabulary import State
from tests.channels.carrier import Carrier, Said, carrying
from tests.outbox import shop
from tests.outbox.shop import NOW, Clock

SENDER = "+15005550006"
MADE = NOW + timedelta(seconds=2)


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    yield opened
    opened.close()


def over(url: str, tmp_path: Path, **channel: Any) -> Settings:
    given = {"provider": "twilio", "from": SENDER, "timeout": 0.5, "connections": 1, **channel}
    chosen = Settings.model_validate({"channels": {"sms": given}, "root": tmp_path})
    secrets = {
        "TWILIO_ACCOUNT_SID": SecretStr("AC" + "0" * 32),
        "TWILIO_AUTH_TOKEN": SecretStr("x"),
        "TWILIO_BASE_URL": SecretStr(url),
    }
    return chosen.model_copy(update={"secrets": secrets})


def send(database: Database, chosen: Settings, clock: Clock) -> Mapping[str, int]:
    return dispatch(database, chosen, shop.write, shop.allow, clock, Event()).by_state


def ask(database: Database, chosen: Settings, at: datetime) -> int:
    return evidence.ask(database, chosen, lambda: at, Event())


def listed(customer: int, sid: str = "SM1", **more: Any) -> dict[str, Any]:
    return {
        "sid": sid,
        "to": f"c{customer}@example.com",
        "from": SENDER,
        "body": f"Hello c{customer}",
        "direction": "outbound-api",
        "status": "delivered",
        "date_created": format_datetime(MADE),
        **more,
    }


def page(*messages: Mapping[str, Any]) -> Said:
    return Said(200, {"messages": list(messages), "next_page_uri": None})


def in_doubt(database: Database, tmp_path: Path, count: int, **columns: Any) -> None:
    """Messages whose answers were lost."""
    shop.fill(database, count, channel="sms", **columns)
    with carrying(Said(500)) as carrier:
        send(database, over(carrier.url, tmp_path, batch=100), Clock())
        with database.write() as connection:
            rests.clear(connection, "sms")


def questions(carrier: Carrier) -> list[str]:
    return [parse_qs(urlsplit(one.path).query)["To"][0] for one in carrier.heard if "?" in one.path]


def test_a_listed_message_is_accepted_at_the_next_cycle_and_not_sent_again(
    database: Database, tmp_path: Path
) -> None:
    in_doubt(database, tmp_path, 2, promise="at_least_once")
    clock = Clock()
    clock.on(minutes=30)  # past the settling time: what is not found is sent again
    with carrying(page(listed(0)), page(), Said(201, {"sid": "SM9"})) as carrier:
        send(database, over(carrier.url, tmp_path), clock)
        assert questions(carrier) == ["c0@example.com", "c1@example.com"]
        assert [parse_qs(one.body.decode())["To"] for one in carrier.heard[2:]] == [["c1@example.com"]]
    first, second = shop.rows(database)
    assert (first.state, first.provider_id, first.outcome, first.dup_risk) == (
        "accepted", "SM1", "delivered", False,
    )  # fmt: skip
    assert (second.state, second.provider_id, second.dup_risk) == ("accepted", "SM9", True)


def test_what_was_given_up_is_asked_about_each_time_it_is_twice_as_old(
    database: Database, tmp_path: Path
) -> None:
    in_doubt(database, tmp_path, 1)
    asked: list[int] = []
    with carrying(page()) as carrier:
        chosen = over(carrier.url, tmp_path)
        for minute in [*range(60), *range(60, 60 * 72, 10)]:
            before = len(carrier.heard)
            ask(database, chosen, NOW + timedelta(minutes=minute))
            asked += [minute] * (len(carrier.heard) - before)
        assert asked == [0, 1, 2, 4, 8, 16, 32, 70, 140, 280, 560, 1120, 2240]
    assert shop.states(database) == {"unknown": 1}


def test_an_operator_need_not_decide_what_is_listed_later(database: Database, tmp_path: Path) -> None:
    in_doubt(database, tmp_path, 1)
    clock = Clock()
    with carrying(page(), page(listed(0, status="undelivered", error_code=30005))) as carrier:
        clock.on(minutes=11)
        assert send(database, over(carrier.url, tmp_path), clock) == {"unresolved": 1}
        clock.on(minutes=30)
        assert send(database, over(carrier.url, tmp_path), clock) == {"accepted": 1}
    (row,) = shop.rows(database)
    assert (row.outcome, row.settled_at) == ("bounced", clock.at)


def test_so_many_at_once_and_no_request_for_what_is_in_no_doubt(database: Database, tmp_path: Path) -> None:
    in_doubt(database, tmp_path, 5)
    with database.write() as connection:  # the channel rested after five doubts: others are in none
        connection.execute(shop.customer.insert(), [shop._customer(number) for number in range(10, 40)])
        shop.promise(connection, channel="sms")
    with pytest.MonkeyPatch.context() as patch, carrying(page()) as carrier:
        patch.setattr(evidence, "AT_ONCE", 3)
        chosen = over(carrier.url, tmp_path)
        assert ask(database, chosen, NOW) == 0
        assert len(carrier.heard) == 3
        ask(database, chosen, NOW)
        assert sorted(questions(carrier)) == [f"c{number}@example.com" for number in range(5)]
        ask(database, chosen, NOW)
        assert len(carrier.heard) == 5


def test_a_carrier_that_is_silent_is_asked_once_and_costs_nobody_their_message(
    database: Database, tmp_path: Path
) -> None:
    in_doubt(database, tmp_path, 3)
    with carrying(Said(503)) as carrier:
        assert ask(database, over(carrier.url, tmp_path), NOW) == 0
        assert len(carrier.heard) == 1
    assert shop.states(database) == {"unknown": 3}


def test_one_that_rests_or_has_no_key_is_not_asked(database: Database, tmp_path: Path) -> None:
    in_doubt(database, tmp_path, 1)
    with carrying(page(listed(0))) as carrier:
        chosen = over(carrier.url, tmp_path)
        assert ask(database, chosen.model_copy(update={"secrets": {}}), NOW) == 0
        with database.write() as connection:
            rests.put(connection, "sms", NOW + timedelta(hours=1), "429")
        assert ask(database, chosen, NOW + timedelta(minutes=5)) == 0
        assert carrier.heard == []
        assert ask(database, chosen, NOW + timedelta(hours=2)) == 1


def test_what_is_anothers_by_the_ledger_proves_nothing(database: Database, tmp_path: Path) -> None:
    """Two people with one number: one message was taken and answered, the other's answer was lost."""
    shop.fill(database, 1, channel="sms")
    with carrying(Said(201, {"sid": "SM1"})) as carrier:
        send(database, over(carrier.url, tmp_path), Clock())
    with database.write() as connection:
        shop.promise(connection, channel="sms", slot="next")
    with carrying(Said(500)) as carrier:
        send(database, over(carrier.url, tmp_path), Clock())
    with carrying(page(listed(0)), page(listed(0), listed(0, "SM2"))) as carrier:
        chosen = over(carrier.url, tmp_path)
        assert ask(database, chosen, NOW) == 0
        assert ask(database, chosen, NOW + timedelta(minutes=2)) == 1
    assert {row.provider_id for row in shop.rows(database)} == {"SM1", "SM2"}


def test_two_doubts_alike_are_not_even_asked_about(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 1, channel="sms")
    with database.write() as connection:
        shop.promise(connection, channel="sms", slot="next")
    with carrying(Said(500)) as carrier:
        send(database, over(carrier.url, tmp_path), Clock())
    assert shop.states(database) == {"unknown": 2}
    with carrying(page(listed(0))) as carrier:
        assert ask(database, over(carrier.url, tmp_path), NOW) == 0
        assert carrier.heard == []


def test_two_who_ask_at_once_ask_about_different_doubts(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_doubt(database, tmp_path, 2)
    chosen, asked = over("http://127.0.0.1:9", tmp_path), list[str]()

    def meanwhile(_: object, doubts: Sequence[Doubt], known: object) -> Sequence[Found]:
        asked.extend(one.to for one in doubts)
        return [Found(one.token, "SM" + one.to, "sent") for one in doubts if not ask(database, chosen, NOW)]

    monkeypatch.setattr(TwilioProvider, "evidence", meanwhile)
    assert ask(database, chosen, NOW) == 2
    assert sorted(asked) == ["c0@example.com", "c1@example.com"]


def test_the_ledger_keeps_no_text(database: Database, tmp_path: Path) -> None:
    in_doubt(database, tmp_path, 1)
    with database.write() as connection:
        shop.promise(connection, channel="email", slot="letter")
    send(database, over("http://127.0.0.1:9", tmp_path), Clock())
    with database.read() as connection:
        kept = connection.execute(select(attempt.c.imprint)).scalars().all()
    assert set(kept) == {imprint("Hello c0"), None}, "a letter's carrier cannot be asked"
    assert State.UNKNOWN in shop.states(database)
