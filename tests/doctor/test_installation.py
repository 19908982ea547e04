"""The installation, the work and what lies outside: what is wrong is told, with what to do about it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.cycle import operate, presence, timekeeping
from engine.cycle.doctor.examination import EXAMINATIONS
from engine.cycle.doctor.rounds import in_order, rounds
from engine.errors import YoursToFix
from engine.outbox import pauses, rests
from engine.outbox.claim import claim
from engine.outbox.owner import Owner, folder
from engine.outbox.recover import recover
from engine.rules import loader
from engine.rules.condition import Reading
from engine.settings import SECRETS
from engine.store.database import Database, table
from engine.store.people import Customer
from tests.channels.carrier import Said, carrying
from tests.channels.post import free_port
from tests.doctor.clinic import ask, broken, patient, sound
from tests.outbox.shop import NOW

customer = table(Customer)


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    sound(opened)
    yield opened
    opened.close()


def test_every_examination_says_what_it_means() -> None:
    for name, kind in in_order():
        assert kind.means.endswith("."), name
        assert kind.__module__ == f"{EXAMINATIONS.shelf}.{name}", "a file bears the name of what is in it"
        assert kind.number == "" or name.startswith(f"{kind.number.lower()}_")
    assert [kind.number for _, kind in in_order() if kind.number] == [f"I{number}" for number in range(10)]


def test_it_only_reads(database: Database, tmp_path: Path) -> None:
    before = _whole(database)
    found = list(rounds(patient(database, tmp_path)))
    assert {one.name for one in found} == set(EXAMINATIONS)
    assert "broken" not in {finding.level for one in found for finding in one.findings}
    assert _whole(database) == before


def _whole(database: Database) -> list[str]:
    with closing(sqlite3.connect(database.path or "")) as connection:
        return list(connection.iterdump())


def test_without_a_store_the_rest_is_examined(tmp_path: Path) -> None:
    nowhere = Database(f"sqlite:///{tmp_path / 'none.db'}")
    asked = patient(nowhere, tmp_path)
    assert list(broken(asked)) == ["schema"]
    unasked = {one.name for one in rounds(asked) if one.findings[0].level == "unasked"}
    assert {"integrity", "i0_one_row", "stops", "providers"} <= unasked


def test_a_damaged_store_is_told_and_left_as_it_is(database: Database, tmp_path: Path) -> None:
    database.close()
    assert database.path
    index = "SELECT rootpage FROM sqlite_master WHERE name = 'run'"
    with closing(sqlite3.connect(database.path)) as connection:
        ((root,),) = connection.execute(index)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(database.path.read_bytes())
    content[(root - 1) * 4096 : root * 4096] = b"\xff" * 4096
    database.path.write_bytes(content)
    found = broken(patient(database, tmp_path))
    (told,) = ask("integrity", patient(database, tmp_path))
    assert {"integrity", "clock", "i1_whole_audience"} <= set(found)
    assert found["i1_whole_audience"][0].startswith("the store is damaged: stop what uses it")
    assert (told.level, "Never delete it" in told.advice, len(told.examples)) == ("broken", True, 1)
    assert database.path.read_bytes() == bytes(content)


def test_a_store_of_which_not_even_the_first_page_can_be_read(database: Database, tmp_path: Path) -> None:
    database.close()
    assert database.path
    content = bytearray(database.path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    database.path.write_bytes(content)
    found = broken(patient(database, tmp_path))
    assert list(found) == ["schema"]
    assert found["schema"][0].startswith("the store is damaged: stop what uses it")


def test_a_clock_that_was_set_back_is_told(database: Database, tmp_path: Path) -> None:
    timekeeping.sound(database, NOW - timedelta(hours=23))
    wrong = patient(database, tmp_path, NOW - timedelta(days=2))
    (told,) = ask("clock", wrong)
    assert told.found.startswith("the clock says 2026-02-28T10:00:00Z, and the store last worked at 2026")
    with pytest.raises(YoursToFix, match="set the clock right"):
        timekeeping.sound(database, wrong.now)
    assert not timekeeping.believe(database, NOW)
    assert timekeeping.believe(database, wrong.now)
    timekeeping.sound(database, wrong.now)
    assert [one.level for one in ask("clock", wrong)] == ["warning"]
    sound_again = claim_one(database, NOW + timedelta(days=400))
    assert sound_again
    with pytest.raises(YoursToFix):  # what happened since is remembered
        timekeeping.sound(database, NOW)


def claim_one(database: Database, now: Any) -> bool:
    from engine.outbox.intent import intend

    with database.write() as connection:
        connection.exec_driver_sql("UPDATE delivery SET send_by = NULL")
        return bool(intend(connection, claim(connection, "late", now, 1), "late", now))


def test_room_on_the_disk(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((2 << 30, "well"), (500 << 20, "warning"), (5 << 20, "broken")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert ask("disk", patient(database, tmp_path))[0].level == level
    assert database.path
    with database.path.with_name(database.path.name + "-wal").open("wb") as log:
        log.truncate(2 << 30)
    assert "2,048 MB" in ask("disk", patient(database, tmp_path))[1].found


def test_files_that_others_can_read(database: Database, tmp_path: Path) -> None:
    secret = tmp_path / ".env"
    secret.write_text("SMTP_PASSWORD=x\n")
    secret.chmod(0o640)
    assert database.path
    database.path.chmod(0o666)
    found = ask("private_files", patient(database, tmp_path))
    assert [one.advice for one in found] == [f"chmod 600 {secret}", f"chmod 640 {database.path}"]
    secret.chmod(0o600)
    database.path.chmod(0o640)
    assert ask("private_files", patient(database, tmp_path)) == []


def test_zones_that_there_are_not(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        mars = customer.update().where(customer.c.customer_id.in_(["c1", "c2"])).values(timezone="Mars/Base")
        connection.execute(mars)
    (told,) = ask("zones", patient(database, tmp_path))
    assert (told.level, told.count, told.examples) == ("warning", 2, ("'Mars/Base' of 2",))


def test_errors_of_rules_and_templates(database: Database, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.yaml").write_text("campaign: one\nschedule: hourly\n")
    asked = patient(database, tmp_path)
    book = loader.load(tmp_path / "rules", Reading(asked.settings.brand.reckoning, "EUR"))
    found = ask("rules", replace(asked, book=book))
    assert (found[0].level, found[0].advice) == ("broken", "rekindle check")
    assert found[0].examples[0].startswith("rules/one.yaml:")


def test_what_does_not_send(database: Database, tmp_path: Path) -> None:
    operate.pause(database, "campaign:hello", NOW, "we look")
    with database.write() as connection:
        rests.put(connection, "sms", NOW + timedelta(hours=1), "429: slow_down")
        connection.exec_driver_sql("UPDATE run SET state = 'held', held = 'too many'")
    told = [(one.found, one.advice) for one in ask("stops", patient(database, tmp_path))]
    assert told == [
        ("hello is paused since 2026-03-02T10:00:00Z: we look", "when that is mended: rekindle resume hello"),
        ("sms rests until 2026-03-02T11:00:00Z: 429: slow_down", "it goes on by itself"),
        (
            "hello 2026-03-02T10:00 is held: too many",
            "rekindle preview hello, then rekindle approve abc",
        ),
    ]


def test_a_channel_that_the_engine_stopped_is_broken(database: Database, tmp_path: Path) -> None:
    operate.pause(database, "channel:sms", NOW)
    with database.write() as connection:
        pauses.put(connection, "channel:email", "401: the key is wrong", NOW)
    email, sms = ask("stops", patient(database, tmp_path))
    assert (email.level, email.advice) == ("broken", "when that is mended: rekindle resume email")
    assert sms.level == "warning"


def test_old_doubts(database: Database, tmp_path: Path) -> None:
    now = NOW + timedelta(minutes=30)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE delivery SET state = 'unknown' WHERE state = 'retry_wait'")
    (told,) = ask("doubts", patient(database, tmp_path, now))
    assert (told.count, told.advice) == (1, "nobody settles them: start `rekindle daemon`, or `rekindle run`")
    recover(database, tmp_path, now)
    (told,) = ask("doubts", patient(database, tmp_path, now))
    assert (told.count, "--state unresolved" in told.advice) == (1, True)
    assert told.examples[0].startswith("delivery_id=")


def test_dead_workers(database: Database, tmp_path: Path) -> None:
    asked = patient(database, tmp_path)
    worker = Owner(folder(tmp_path, database), database)
    with database.write() as connection:
        claim(connection, worker.name, NOW, 3)
    card = presence.Card(1, worker.name, "2026-03-02T10:00:00Z", 5, "2026-03-02T10:00:00Z", host="here")
    presence.show(database, card)
    (told,) = ask("workers", asked)
    assert "silent" not in told.found
    assert "was last seen at 2026-03-02T10:00:00Z" in told.found
    worker.close(clean=False)
    found = [one.found for one in ask("workers", asked)]
    assert found == [
        "the daemon 1 on here ended without a word",
        f"the dead worker {worker.name} holds 3 messages",
    ]


def test_the_consoles_password(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {}
    for password in ("", "short", "long enough, isn't it"):
        asked = patient(database, tmp_path)
        monkeypatch.setattr(type(asked.settings), "secret", lambda _, name, held=password: held)
        found[password] = [one.level for one in ask("console", asked)]
    assert found == {"": ["well"], "short": ["warning"], "long enough, isn't it": []}


# What lies outside.


def test_providers_are_asked(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with carrying(Said(401, {"errors": [{"message": "the key is wrong"}]})) as carrier:
        channels = {
            "email": {"provider": "sendgrid", "from": "shop@shop.example"},
            "sms": {"provider": "webhook", "url": f"http://127.0.0.1:{free_port()}", "timeout": 1},
        }
        asked = patient(database, tmp_path, channels=channels)
        secrets = {"SENDGRID_API_KEY": "k", "SENDGRID_BASE_URL": carrier.url, "WEBHOOK_SECRET": "s"}
        monkeypatch.setattr(type(asked.settings), "secret", lambda _, name: secrets.get(name, ""))
        email, sms = ask("providers", asked)
    assert (email.level, email.found) == ("broken", "email by sendgrid: the key is wrong")
    assert email.advice.endswith("rekindle resume email")
    assert (sms.level, "cannot be reached now" in sms.found) == ("warning", True)
    (key,) = ask("keys", asked)
    assert (key.level, "SENDGRID_WEBHOOK_PUBLIC_KEY" in key.found) == ("warning", True)


@pytest.mark.parametrize(
    ("channel", "settings", "keys"),
    [
        ("email", {"provider": "sendgrid"}, ["SENDGRID_API_KEY", "SENDGRID_WEBHOOK_PUBLIC_KEY"]),
        ("sms", {"provider": "twilio", "from": "+15005550006"}, ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]),
        ("email", {"provider": "smtp", "username": "shop"}, ["SMTP_PASSWORD"]),
        ("email", {"provider": "smtp"}, []),
        ("sms", {"provider": "webhook", "url": "https://x.example", "redirect_to": "+1"}, ["WEBHOOK_SECRET"]),
    ],
)
def test_keys_that_are_missing(
    database: Database, tmp_path: Path, channel: str, settings: dict[str, str], keys: list[str]
) -> None:
    sender = {"from": "shop@shop.example"} if channel == "email" else {}
    found = ask("keys", patient(database, tmp_path, channels={channel: sender | settings}))
    assert [next(key for key in SECRETS if f" {key}" in one.found) for one in found] == keys


@pytest.mark.parametrize(
    ("said", "level", "words"),
    [
        (Said(404, "nowhere", {"X-Robots-Tag": "noindex, nofollow"}), "well", "answers"),
        (Said(404, "nginx"), "broken", "answers with 404, and not as our pages do"),
        (Said(503, "later", {"X-Robots-Tag": "noindex, nofollow"}), "broken", "its store is away"),
        (Said(way="drop"), "warning", "does not answer"),
    ],
)
def test_the_public_address(database: Database, tmp_path: Path, said: Said, level: str, words: str) -> None:
    with carrying(said) as carrier:
        found = ask("public_url", patient(database, tmp_path, brand={"public_url": f"{carrier.url}/mail"}))
        assert carrier.heard[0].path == "/mail/u/doctor"
    assert "is not https" in found[0].found
    assert (found[1].level, words in found[1].found) == (level, True)


def test_a_placeholder_is_broken_once_messages_leave(database: Database, tmp_path: Path) -> None:
    asked = patient(database, tmp_path)
    assert [one.level for one in ask("public_url", asked)] == ["warning"]
    channels = {"sms": {"provider": "twilio", "from": "+15005550006"}}
    asked = patient(database, tmp_path, channels=channels)
    assert [one.level for one in ask("public_url", asked)] == ["broken"]
