"""What a person says of messages in doubt: it holds, it is written down, and evidence wins."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.cli.program import run
from engine.cycle.doctor.accepted import more_than_once
from engine.cycle.resolve import Which, campaigns, resolve
from engine.errors import YoursToFix
from engine.outbox.doubts import repeat_or_give_up
from engine.outbox.intent import attempt
from engine.outbox.transitions import Claimed
from engine.store.database import Database, table
from engine.store.replies import ProviderEvent
from engine.vocabulary import EventKind, Verdict
from tests.doctor.clinic import broken, patient
from tests.events.mail import event, hand_over, send, tell
from tests.outbox import shop
from tests.outbox.shop import NOW

LATER = NOW + timedelta(minutes=20)
ALL = Which(campaign="hello")


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    yield opened
    opened.close()


def unresolved(database: Database, count: int, **columns: Any) -> list[Claimed]:
    rows = send(database, count, Verdict.UNKNOWN, **columns)
    with database.write() as connection:
        repeat_or_give_up(connection, LATER, LATER, 8)
    assert shop.states(database) == {"unresolved": count}
    return rows


def details(database: Database) -> list[str | None]:
    with database.read() as connection:
        return list(connection.execute(select(attempt.c.detail).order_by(attempt.c.started_at)).scalars())


def test_what_went_out_is_accepted_by_a_persons_word(database: Database) -> None:
    row, _ = unresolved(database, 2)
    assert resolve(database, Which((row.delivery_id,)), "sent", "ann", "she phoned", LATER) == 1
    first, second = shop.rows(database)
    assert (first.state, first.settled_at, second.state) == ("accepted", LATER, "unresolved")
    with database.read() as connection:
        (told,) = connection.execute(select(table(ProviderEvent))).all()
    assert (told.provider, told.token) == ("operator", row.token)
    assert told.detail == f"ann at {LATER:%Y-%m-%dT%H:%M:%SZ}: sent, she phoned"
    assert hand_over(database, at=LATER) == []


def test_what_did_not_go_out_has_failed_and_evidence_to_the_contrary_wins(database: Database) -> None:
    (row,) = unresolved(database, 1)
    assert resolve(database, ALL, "not-sent", "ann", "", LATER) == 1
    (after,) = shop.rows(database)
    assert (after.state, after.reason, after.settled_at) == ("failed", "said_not_sent", LATER)
    assert details(database)[0] is not None
    assert "ann at" in str(details(database)[0])
    assert hand_over(database, at=LATER) == []
    assert tell(database, event(EventKind.DELIVERED, row)).proven == 1
    (after,) = shop.rows(database)
    assert (after.state, after.outcome, after.reason) == ("accepted", "delivered", None)


def test_what_a_server_refused_is_not_accepted_by_an_event(database: Database) -> None:
    (row,) = send(database, 1, Verdict.REFUSED)
    assert tell(database, event(EventKind.DELIVERED, row)).proven == 0
    assert shop.states(database) == {"failed": 1}


def test_what_is_sent_again_bears_the_risk_and_is_sent_once_more(database: Database) -> None:
    (row,) = unresolved(database, 1)
    assert resolve(database, ALL, "again", "ann", "", LATER) == 1
    (after,) = shop.rows(database)
    assert (after.state, after.dup_risk, after.not_before, after.settled_at) == (
        "retry_wait", True, LATER, None,
    )  # fmt: skip
    with database.read() as connection:
        assert {one.state for one in connection.execute(shop.enrollment.select())} == {"active"}
    hand_over(database, at=LATER)
    assert shop.states(database) == {"accepted": 1}
    with database.read() as connection:
        assert {one.state for one in connection.execute(shop.enrollment.select())} == {"finished"}
    tell(database, event(EventKind.DELIVERED, row), event(EventKind.OPENED, row, at=LATER))
    with database.read() as connection:
        twice = connection.execute(more_than_once()).all()
    assert len(twice) == 1, "both went out, as a person wanted"
    assert "again" in str(details(database)[0])


def test_no_sound_ledger_is_broken_by_a_decision(database: Database, tmp_path: Path) -> None:
    first, second, third, _ = unresolved(database, 4)
    resolve(database, Which((first.delivery_id,)), "sent", "ann", "", LATER)
    resolve(database, Which((second.delivery_id,)), "not-sent", "ann", "", LATER)
    resolve(database, Which((third.delivery_id,)), "again", "ann", "", LATER)
    hand_over(database, at=LATER)
    tell(database, event(EventKind.DELIVERED, second), event(EventKind.DELIVERED, third))
    found = broken(patient(database, tmp_path, LATER))
    assert not {"i2_accepted_once", "i3_flagged", "i4_states_are_true", "i7_epochs"} & set(found)


def test_what_is_too_late_is_not_sent_again(database: Database) -> None:
    unresolved(database, 1, send_by=LATER - timedelta(minutes=1))
    assert resolve(database, ALL, "again", "ann", "", LATER) == 0
    assert shop.states(database) == {"unresolved": 1}


def test_evidence_may_be_quicker(database: Database) -> None:
    first, second = unresolved(database, 2)
    tell(database, event(EventKind.DELIVERED, first))
    both = Which((first.delivery_id, second.delivery_id))
    assert resolve(database, both, "not-sent", "ann", "", LATER) == 1
    assert [row.state for row in shop.rows(database)] == ["accepted", "failed"]
    with pytest.raises(YoursToFix, match="is accepted: there is nothing to decide"):
        campaigns(database, both)


def test_nothing_is_decided_about_what_is_not_there(database: Database) -> None:
    (row,) = send(database, 1, Verdict.UNKNOWN)
    with pytest.raises(YoursToFix, match="still unknown"):
        campaigns(database, Which((row.delivery_id,)))
    with pytest.raises(YoursToFix, match=r"there is no delivery 'x' \(`rekindle deliveries"):
        campaigns(database, Which(("x",)))
    with pytest.raises(YoursToFix, match="nothing of hello is unresolved"):
        campaigns(database, ALL)


def test_a_whole_campaign_is_decided_in_one_go(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cycle.resolve._AT_ONCE", 3)
    unresolved(database, 8)
    assert campaigns(database, ALL) == {"hello": 8}
    assert resolve(database, ALL, "sent", "ann", "", LATER) == 8
    assert shop.states(database) == {"accepted": 8}


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_url: str) -> None:
    (tmp_path / "config.yaml").write_text("brand: {name: Corner}\n")
    (tmp_path / "rules").mkdir()
    (tmp_path / "templates").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REKINDLE_DATABASE__URL", store_url)
    monkeypatch.setenv("REKINDLE_NOW", "2026-03-02T10:20:00Z")


@pytest.mark.usefixtures("shell")
def test_the_command_tells_what_follows(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    rows = unresolved(database, 5)
    assert run(["deliveries", "--state", "unresolved"]) == 0
    shown = capsys.readouterr()
    assert rows[0].delivery_id in shown.out
    assert "rekindle resolve ID" in shown.err
    one, two, *_ = (row.delivery_id for row in rows)
    assert run(["resolve", one, "sent", "--by", "ann"]) == 0
    assert "1 message counts as sent. Never sent again" in capsys.readouterr().out
    assert run(["resolve", two, "not-sent", "--again"]) == 2, "nobody is there to be asked"
    assert "a second one" in capsys.readouterr().err
    assert run(["resolve", two, "not-sent", "--again", "--yes", "--json"]) == 0
    assert '"resolved": 1' in capsys.readouterr().out
    assert run(["resolve", "--campaign", "hello", "not-sent"]) == 2
    assert "3 of hello: count as not sent? Never sent again" in capsys.readouterr().err
    assert run(["resolve", "--campaign", "hello", "not-sent", "--yes"]) == 0
    assert "3 messages count as not sent." in capsys.readouterr().out
    assert shop.states(database) == {"accepted": 1, "retry_wait": 1, "failed": 3}


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sent"], "say which"),
        (["x", "sent", "--campaign", "hello"], "say which"),
        (["x", "delivered"], "say `sent` or `not-sent` at the end"),
        (["x", "sent", "--again"], "what was sent is not sent again"),
        (["x", "sent"], "there is no delivery 'x'"),
    ],
)
def test_a_slip_is_told_in_a_sentence(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["resolve", *words]) == 2
    assert told in capsys.readouterr().err
