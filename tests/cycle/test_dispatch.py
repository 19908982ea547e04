"""From the outbox to the provider, on both databases: what is sent, what is not, and what is given back."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection

from engine.channels.providers.file import FileProvider
from engine.cycle.dispatch import Counts, Draft, dispatch
from engine.durations import Calendar
from engine.errors import YoursToFix
from engine.outbox import pauses
from engine.outbox.journal import Journal
from engine.outbox.transitions import Claimed, Key
from engine.policy.entry import Moment
from engine.policy.recheck import Decision, recheck
from engine.settings import Policy, Settings
from engine.store.database import Database
from engine.store.suppressions import suppression
from engine.vocabulary import State
from tests.channels.post import Post, free_port, office, only
from tests.outbox import shop
from tests.outbox.shop import NOW

MORNING = NOW + timedelta(hours=9)


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    yield opened
    opened.close()


def settings(tmp_path: Path, grace: str = "30 seconds", **channel: Any) -> Settings:
    email = {"from": "The Shop <shop@example.com>", "batch": 7, **channel}
    given = {"channels": {"email": email}, "root": tmp_path, "scheduler": {"grace": grace}}
    return Settings.model_validate(given)


def smtp(tmp_path: Path, port: int, **channel: Any) -> Settings:
    return settings(tmp_path, provider="smtp", host="127.0.0.1", port=port, **channel)


def send(
    database: Database,
    chosen: Settings,
    write: Callable[..., Sequence[Draft]] = shop.write,
    asked: Callable[..., Mapping[Key, Decision]] = shop.allow,
    clock: shop.Clock | None = None,
    stop: Event | None = None,
    campaigns: Sequence[str] = (),
) -> Counts:
    return dispatch(database, chosen, write, asked, clock or shop.Clock(), stop or Event(), campaigns)


def outbox(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "outbox").glob("*"))


def test_everything_due_is_sent_once(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 30)
    for _ in range(2):
        assert send(database, settings(tmp_path)) == Counts({"accepted": 30})
        assert len(outbox(tmp_path)) == 30
    (row, *_) = shop.rows(database)
    assert (row.attempts, row.sent_at, row.settled_at, row.owner) == (1, NOW, NOW, None)
    assert row.provider_id in outbox(tmp_path)
    with database.read() as connection:
        assert {one.state for one in connection.execute(shop.enrollment.select())} == {"finished"}
    assert list((tmp_path / ".rekindle" / "workers").iterdir()) == []


def test_no_more_than_a_batch_is_ever_in_hand(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 20)
    held: list[int] = []

    def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        held.append(shop.states(database).get("claimed", 0))
        return shop.write(rows, now)

    send(database, settings(tmp_path), write)
    assert held == [7, 7, 6]


def test_named_campaigns_only(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 1)
    with database.write() as connection:
        shop.promise(connection, campaign="other")
    assert send(database, settings(tmp_path), campaigns=["other"]).by_state == {"accepted": 1}
    assert shop.states(database) == {"accepted": 1, "planned": 1}


def test_both_channels_are_served(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 10)
    with database.write() as connection:
        shop.promise(connection, channel="sms")
    send(database, settings(tmp_path))
    assert shop.states(database) == {"accepted": 20}
    assert sum(name.endswith(".sms.txt") for name in outbox(tmp_path)) == 10


@pytest.mark.parametrize(
    ("decision", "state", "reason", "not_before"),
    [
        (Decision(False, State.SUPPRESSED, "suppressed"), "suppressed", "suppressed", NOW),
        (Decision(False, State.SKIPPED, "frequency_cap"), "skipped", "frequency_cap", NOW),
        (Decision(False, None, "quiet_hours", MORNING), "planned", "quiet_hours", MORNING),
        (Decision(False, None, "quiet_hours", NOW), "planned", "quiet_hours", NOW + timedelta(minutes=1)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("questions", [0, 1], ids=["at T3", "at T4"])
def test_what_the_policy_says_at_the_last_moment(
    database: Database, tmp_path: Path, questions: int,
    decision: Decision, state: str, reason: str, not_before: datetime,
) -> None:  # fmt: skip
    shop.fill(database, 1)
    asked = [0]

    def policy(connection: Connection, keys: Sequence[Key], now: datetime) -> Mapping[Key, Decision]:
        asked[0] += 1
        return shop.allow(connection, keys, now) if asked[0] <= questions else dict.fromkeys(keys, decision)

    send(database, settings(tmp_path), asked=policy)
    (row,) = shop.rows(database)
    assert (row.state, row.reason, row.not_before, row.attempts) == (state, reason, not_before, 0)
    assert outbox(tmp_path) == []


def real(connection: Connection, keys: Sequence[Key], now: datetime, **policy: Any) -> Mapping[Key, Decision]:
    """The shop's own policy: no quiet hours, and consent as told."""
    given = Policy.model_validate({"quiet_hours": "none", "consent": "assumed", **policy})
    return recheck(connection, keys, Moment(now, given, Calendar()))


def test_two_messages_to_one_person_do_not_slip_under_a_cap_together(
    database: Database, tmp_path: Path
) -> None:
    shop.fill(database, 3, campaign="a")
    with database.write() as connection:
        shop.promise(connection, campaign="b", priority=90)
    policy = partial(real, caps=({"max": 1, "per": "7 days"},))
    send(database, settings(tmp_path, batch=100), asked=policy)
    after = {(row.customer_id, row.campaign): (row.state, row.reason) for row in shop.rows(database)}
    assert len(outbox(tmp_path)) == 3
    for number in range(3):
        assert after[f"c{number}", "b"] == ("accepted", None)
        assert after[f"c{number}", "a"] == ("skipped", "frequency_cap")


def test_a_stop_that_comes_while_messages_are_written_counts(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 3)

    def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        with database.write() as connection:
            gone = {
                "channel": "email",
                "address": "c1@example.com",
                "reason": "stop",
                "at": NOW,
                "source": "",
            }
            connection.exec_driver_sql("DELETE FROM suppression")
            connection.execute(suppression.insert(), [gone])
        return shop.write(rows, now)

    send(database, settings(tmp_path), write, asked=real)
    assert shop.states(database) == {"accepted": 2, "suppressed": 1}
    assert len(outbox(tmp_path)) == 2


def test_a_pause_that_comes_while_messages_are_written_counts(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 20)

    written: list[int] = []

    def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        written.append(len(rows))
        if len(written) == 2:
            with database.write() as connection:
                pauses.put(connection, "campaign:hello", "enough", NOW)
        return shop.write(rows, now)

    assert send(database, settings(tmp_path), write).by_state == {"accepted": 7, "planned": 13}
    assert len(outbox(tmp_path)) == 7
    with database.write() as connection:
        connection.execute(pauses.pause.delete())
    assert send(database, settings(tmp_path)).by_state == {"accepted": 20}


def test_what_cannot_be_written_is_skipped_with_its_reason(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 2)
    with database.write() as connection:
        shop.promise(connection, channel="sms", campaign="texts")

    def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        drafts = shop.write(rows, now)
        if rows[0].channel == "sms":
            long = [replace(one.message, segments=4) for one in drafts if one.message]
            return [Draft(row, message) for row, message in zip(rows, long, strict=True)]
        return [Draft(rows[0], None, "template_missing:x"), *drafts[1:]]

    send(database, settings(tmp_path), write)
    reasons = sorted((row.state, row.reason or "") for row in shop.rows(database))
    too_long, missing = ("skipped", "sms_too_long"), ("skipped", "template_missing:x")
    assert reasons == [("accepted", ""), too_long, too_long, missing]


def test_what_is_late_expires_and_is_not_sent(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 3, send_by=NOW + timedelta(hours=1))
    clock = shop.Clock()

    def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        clock.on(hours=2)
        return shop.write(rows, now)

    assert send(database, settings(tmp_path, batch=2), write, clock=clock).by_state["expired"] >= 2
    assert send(database, settings(tmp_path), clock=clock).by_state == {"expired": 3}
    assert outbox(tmp_path) == []


def test_a_wrong_password_halts_the_channel_and_costs_no_attempt(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 20)
    with database.write() as connection:
        shop.promise(connection, channel="sms")
    with office(Post(), authenticator=only("right"), auth_require_tls=False) as post:
        chosen = smtp(tmp_path, post.port, username="shop")
        wrong = chosen.model_copy(update={"secrets": {"SMTP_PASSWORD": _secret("wrong")}})
        counts = send(database, wrong)
        assert counts.by_state["accepted"] == 20
        assert counts.by_state["retry_wait"] in (1, 2), "one for each line that had tried"
        assert counts.troubles["email"].startswith("535")
        with database.write() as connection:
            assert pauses.scopes(connection) == {"channel:email"}
            connection.execute(pauses.pause.delete())
        assert {row.attempts for row in shop.rows(database) if row.channel == "email"} == {0}
        right = chosen.model_copy(update={"secrets": {"SMTP_PASSWORD": _secret("right")}})
        assert send(database, right).by_state == {"accepted": 40}
        assert sorted(post.recipients_taken) == sorted(f"c{number}@example.com" for number in range(20))


def _secret(text: str) -> Any:
    from pydantic import SecretStr

    return SecretStr(text)


def test_a_server_that_is_away_costs_no_attempt_and_little_time(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 50)
    clock, chosen = shop.Clock(), smtp(tmp_path, port := free_port(), connections=2)
    started = time.monotonic()
    counts = send(database, chosen, clock=clock)
    assert time.monotonic() - started < 5
    assert counts.by_state["planned"] >= 48
    assert "email" in counts.troubles
    assert {row.attempts for row in shop.rows(database)} == {0}
    del port
    with office(Post()) as post:
        clock.on(minutes=2)
        assert send(database, smtp(tmp_path, post.port), clock=clock).by_state == {"accepted": 50}


def test_a_misbehaving_server_costs_only_whom_it_concerns(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 9)
    post = Post(
        recipients={
            "c1@example.com": ["550 5.1.1 no such user..."],
            "c2@example.com": ["450 4.2.0 greylisted"],
            "c3@example.com": ["421 4.7.0 slow down"],
            "c4@example.com": ["554 5.7.1 go away"],
        },
        texts={"c5@example.com": ["drop"], "c6@example.com": ["451 busy"]},
    )
    clock = shop.Clock()
    with office(post):
        send(database, smtp(tmp_path, post.port), clock=clock)
        after = {row.customer_id: (row.state, row.reason) for row in shop.rows(database)}
        assert {row for row, (state, _) in after.items() if state == "accepted"} == {"c0", "c7", "c8"}
        assert after["c1"] == ("failed", "invalid_address")
        assert after["c4"] == ("failed", "5.7.1 go away")
        assert after["c5"] == ("unknown", "no_reply")
        waiting = [row for row in shop.rows(database) if row.state == "retry_wait"]
        assert {row.customer_id for row in waiting} == {"c2", "c3", "c6"}
        assert all(row.not_before >= NOW + timedelta(minutes=15) for row in waiting)
        with database.read() as connection:
            bad = connection.exec_driver_sql("SELECT channel, address, reason FROM suppression").all()
        assert [tuple(row) for row in bad] == [("email", "c1@example.com", "invalid_address")]
        clock.on(minutes=25)
        counts = send(database, smtp(tmp_path, post.port), clock=clock)
    assert counts.by_state == {"accepted": 6, "failed": 2, "unresolved": 1}
    assert sorted(post.recipients_taken) == [f"c{number}@example.com" for number in (0, 2, 3, 5, 6, 7, 8)]


@pytest.mark.parametrize(("when", "state"), [("before", "retry_wait"), ("after", "unknown")])
def test_a_fault_in_a_provider_costs_one_message(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, state: str
) -> None:
    shop.fill(database, 3)
    given = FileProvider._put

    def put(self: FileProvider, name: str, content: bytes, on_wire: Callable[[], None]) -> None:
        if b"To: c1@example.com" not in content:  # a token may end in c1, too
            return given(self, name, content, on_wire)
        if when == "after":
            on_wire()
        raise ZeroDivisionError("c1@example.com")

    monkeypatch.setattr(FileProvider, "_put", put)
    send(database, settings(tmp_path))
    assert shop.states(database) == {"accepted": 2, state: 1}


def test_a_folder_that_cannot_be_written_is_the_channels_trouble(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 20)
    (tmp_path / "outbox").write_text("a file where the folder should be")
    counts = send(database, settings(tmp_path))
    assert "outbox" in counts.troubles["email"]
    assert {row.attempts for row in shop.rows(database)} == {0}
    assert set(counts.by_state) <= {"planned", "retry_wait"}


def test_wrong_settings_are_told_before_anything_is_promised(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 3)
    with pytest.raises(YoursToFix, match="no setting 'prot'"):
        send(database, settings(tmp_path, provider="smtp", prot=25))
    assert shop.states(database) == {"planned": 3}
    assert {row.epoch for row in shop.rows(database)} == {0}


def test_without_a_journal_nothing_goes_on_the_wire(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(journal: Journal, token: str) -> None:
        raise OSError(28, "No space left on device")

    shop.fill(database, 20)
    with office(Post()) as post, monkeypatch.context() as patch:
        patch.setattr(Journal, "note", full)
        counts = send(database, smtp(tmp_path, post.port))
        assert counts.troubles == {"email": "journal: No space left on device"}
        assert post.taken == []
    assert set(counts.by_state) == {"planned", "retry_wait"}
    assert {row.attempts for row in shop.rows(database)} == {0}


def test_a_stop_gives_back_what_is_not_on_the_wire(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 100)
    stop = Event()
    with office(Post(delay=0.01, when={10: stop.set})) as post:
        started = time.monotonic()
        counts = send(database, smtp(tmp_path, post.port, batch=50), stop=stop)
        assert time.monotonic() - started < 4
        taken = list(post.recipients_taken)
        assert counts.stopped
        assert counts.by_state == {"accepted": len(taken), "planned": 100 - len(taken)}
        assert 0 < len(taken) < 100
        assert {row.owner for row in shop.rows(database)} == {None}
        assert send(database, smtp(tmp_path, post.port)).by_state == {"accepted": 100}
        assert len(set(post.recipients_taken)) == len(post.recipients_taken) == 100


def test_what_is_still_on_the_wire_after_the_grace_is_in_doubt(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 20)
    stop = Event()
    post = Post(texts={f"c{number}@example.com": ["hang"] for number in range(20)}, when={2: stop.set})
    with office(post):
        started = time.monotonic()
        counts = send(database, smtp(tmp_path, post.port, grace="1 second"), stop=stop)
        assert 1 <= time.monotonic() - started < 4
    assert counts.by_state == {"unknown": 2, "planned": 18}
    assert {row.reason for row in shop.rows(database) if row.state == "unknown"} == {
        "stopped_while_on_the_wire"
    }


def test_a_stop_before_the_start_sends_nothing(database: Database, tmp_path: Path) -> None:
    shop.fill(database, 3)
    stop = Event()
    stop.set()
    assert send(database, settings(tmp_path), stop=stop) == Counts({"planned": 3}, {}, stopped=True)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_server_that_restarts_under_us_loses_and_repeats_nothing(
    database: Database, tmp_path: Path
) -> None:
    """Every session is cut while messages are on the wire and others are being written."""
    shop.fill(database, 40)

    def write(rows: Sequence[Claimed], now: datetime) -> list[Draft]:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        other = Database(database.url.render_as_string(hide_password=False))
        with other.write() as connection:
            connection.exec_driver_sql(cut + " AND pid <> pg_backend_pid()")
        other.close()
        return shop.write(rows, now)

    assert send(database, settings(tmp_path), write).by_state == {"accepted": 40}
    assert len(outbox(tmp_path)) == 40


def test_twenty_dispatchers_at_once_send_each_message_once(store_url: str, tmp_path: Path) -> None:
    databases = [Database(store_url) for _ in range(20)]
    shop.fill(databases[0], 200)

    def one(database: Database) -> None:
        send(database, settings(tmp_path))
        database.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(one, databases))
    database = Database(store_url)
    assert shop.states(database) == {"accepted": 200}
    database.close()
    assert len(outbox(tmp_path)) == 200
