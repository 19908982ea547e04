"""What an operator sees and does at the console, on each database."""

import logging
import re
import threading

import pytest
from sqlalchemy import update

from engine.app import App
from engine.outbox import pauses
from engine.store.database import table
from engine.store.people import Customer, Suppression
from engine.vocabulary import Receipt, Verdict
from engine.web.console.bench import Bench
from tests.daemon.shop import eventually
from tests.outbox.shop import NOW
from tests.web.console import Operator
from tests.web.door import Door


@pytest.fixture
def operator(door: Door) -> Operator:
    """Signed in, with one campaign that everybody is in."""
    door.shop.campaign()
    found = Operator.at(door)
    found.sign_in()
    return found


def states(door: Door) -> dict[str, int]:
    return dict(door.shop.states())


def test_the_campaigns_stand_with_their_next_and_last_runs(door: Door, operator: Operator) -> None:
    assert "hello Live Everybody, often." in operator.text
    assert "Last run has not run yet" in operator.text
    assert "No daemon is running" in operator.text
    door.app.plan_due(["hello"])
    operator.get()
    assert "Planned for 3 people, of 3 who matched: 3 waiting." in operator.text
    door.app.dispatch()
    operator.get("campaign/hello")
    assert "3 sent." in operator.text
    assert "Everybody of whom all of this is true: everyone" in operator.text
    assert operator.get("campaign/nobody").status_code == 404


def test_nothing_is_fetched_from_elsewhere_and_nothing_runs(door: Door, operator: Operator) -> None:
    evil = "<script>alert(1)</script>"
    door.shop.campaign("evil")
    file = door.shop.root / "rules" / "evil.yaml"
    door.shop.write("rules/evil.yaml", file.read_text("utf-8").replace("Everybody, often.", f"'{evil}'"))
    door.app.reload()
    answer = operator.get()
    assert evil in operator.text
    assert "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'",
        policy,
    )
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "same-origin")
    assert not re.search(r"(src|href|action)=.?(https?:)?//", answer.text)


def test_everything_is_stopped_and_goes_on(
    door: Door, operator: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    door.app.plan_due(["hello"])
    door.app.pause("sms", "no contract yet")
    operator.get("stop")
    with caplog.at_level(logging.INFO, "rekindle.console"):
        operator.post("stop", reason="the price is\nwrong")
    assert "Everything is stopped Nothing is sent, since" in operator.text
    assert "the price is wrong (Sara) Go on" in operator.text
    told = next(one for one in caplog.records if one.getMessage() == "an operator: paused")
    assert vars(told)["scope"], vars(told)["who"] == ("all", "Sara")
    assert vars(told)["reason"] == "the price is wrong"
    door.app.dispatch()
    assert states(door) == {"planned": 3}
    assert door("GET", "/readyz").status_code == 200
    operator.get("go-on")
    operator.post("go-on")
    assert "Everything goes on." in operator.text
    door.app.dispatch()
    assert states(door) == {"accepted": 3}
    assert [one["scope"] for one in door.app.status()["paused"]] == ["channel:sms"]


def test_a_campaign_and_a_channel_are_paused_and_resumed(door: Door, operator: Operator) -> None:
    operator.get("campaign/hello")
    operator.post("pause", scope="hello", reason="holiday")
    assert "hello Paused" in operator.text
    assert "holiday (Sara)" in operator.text
    operator.post("resume", scope="hello")
    assert "hello Live" in operator.text
    operator.post("pause", scope="email")
    assert "Email file Paused" in operator.text
    operator.post("resume", scope="email")
    assert door.app.status()["paused"] == []
    assert operator.post("pause", scope="no-such").status_code == 422
    assert "no-such" in operator.text
    with door.app.database.write() as connection:
        pauses.put(connection, "channel:email", "key: the key is wrong", NOW)
    operator.get()
    assert "The engine stopped it: key: the key is wrong" in operator.text


def test_a_held_run_is_approved_by_somebody_who_sees_how_many(door: Door, operator: Operator) -> None:
    door.shop.campaign(more="limits: {max_audience: 1}\n")
    door.app.reload()
    door.app.plan_due(["hello"])
    operator.get()
    assert "hello Held" in operator.text
    assert "It would write to 3 people." in operator.text
    path = re.search(r'href="[./]*(approve/\w+)"', operator.page)
    assert path
    assert operator.get(path[1]).status_code == 200
    assert "Yes, write to 3 people" in operator.text
    assert states(door) == {}
    run = path[1].partition("/")[2]
    operator.post("approve", run=run)
    assert "Approved. It goes with the next cycle." in operator.text
    door.app.plan_due(["hello"])
    door.app.dispatch()
    assert states(door) == {"accepted": 3}
    operator.get("stop")
    assert operator.post("approve", run=run).status_code == 422
    assert "no held run is called" in operator.text
    assert operator.get(f"approve/{run}").status_code == 404


def test_a_preview_is_made_aside_and_kept(door: Door, operator: Operator) -> None:
    operator.post("preview", campaign="hello")
    operator.wait()
    assert "Nothing has been sent." in operator.text
    assert "← Back" in operator.text
    number = re.search(r'src="(preview-messages/[^"]+)"', operator.page)
    assert number
    operator.get()
    shown = re.search(r'href="[./]*(preview/\d+/)"', operator.page)
    assert shown
    assert "3 people now." in operator.text
    page, letter = operator.get(shown[1]), operator.get(shown[1] + number[1])
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert letter.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert letter.headers["x-frame-options"] == "SAMEORIGIN"
    assert "It is Corner Shop." in letter.text
    for missing in ("preview/99999/", "preview/x/", shown[1] + "preview-messages/none.html"):
        assert operator.get(missing).status_code == 404
    assert states(door) == {}


def test_one_thing_is_done_at_a_time(door: Door, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def slow(*_: object) -> None:
        go.wait(30)
        raise ValueError("a bug of ours")

    monkeypatch.setattr(App, "preview", slow)
    operator.post("preview")
    try:
        assert 'http-equiv="refresh" content="2"' in operator.page
        assert "The preview is being made" in operator.text
        operator.get("stop")
        assert operator.post("preview").status_code == 409
        assert "Something else is under way." in operator.text
    finally:
        go.set()
    operator.wait()
    assert "That was not done Something of ours failed; the log says what." in operator.text


def test_a_test_is_sent_and_told_in_words(
    door: Door, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    year = 2091 if door.app.database.is_sqlite else 2092  # what was sent before is long ago
    monkeypatch.setenv("REKINDLE_NOW", f"{year}-01-01T00:00:00Z")
    operator.sign_in()
    operator.get("campaign/hello")
    operator.post("test", campaign="hello", address="Me@Corner.test", customer="c2")
    operator.wait()
    assert "The test was sent." in operator.text
    (letter,) = (one.read_text("utf-8") for one in (door.shop.root / "outbox").glob("*.eml"))
    assert re.search(r"^To: me@corner.test$", letter, re.MULTILINE)
    assert re.search(r"^Subject: TEST Hello Number 2", letter, re.MULTILINE)
    assert states(door) == {}
    with door.app.database.write() as connection:
        row = {"channel": "email", "address": "me@corner.test", "reason": "complained", "at": NOW}
        connection.execute(table(Suppression).insert().values(row))
    operator.get("campaign/hello")
    operator.post("test", campaign="hello", address="ME@corner.test")
    operator.wait()
    assert "that address must not be written to: complained" in operator.text
    monkeypatch.setattr(App, "send_sample", lambda *_: Receipt(Verdict.HALT, code="401", detail="bad key"))
    for _ in range(3):
        operator.get("campaign/hello")
        operator.post("test", campaign="hello", address="me@corner.test")
        operator.wait()
        assert "The channel does not work" in operator.text
        assert "401 bad key" in operator.text
    operator.get("campaign/hello")
    assert operator.post("test", campaign="hello", address="me@corner.test").status_code == 429
    assert "Enough tests for now." in operator.text


def test_a_customer_is_found_by_id_address_or_number(door: Door, operator: Operator) -> None:
    people = table(Customer)
    with door.app.database.write() as connection:
        told = {"phone": "+447400123456", "phone_address": "+447400123456", "last_name": "<b>One"}
        connection.execute(update(people).where(people.c.customer_id == "c1").values(**told))
    door.app.plan_due(["hello"])
    door.app.dispatch()
    for asked in ("c1", " C1@People.test ", "+44 7400 123456", "+۴۴۷۴۰۰۱۲۳۴۵۶"):
        operator.get("customers")
        operator.post("customers", text=asked)
        assert "Number 1 <b>One c1" in operator.text, asked
    assert "c…@people.test, never asked" in operator.text
    assert "…3456" in operator.text
    assert "hello, Email c…@people.test sent" in operator.text
    assert "received hello by email" in operator.text
    assert "c1@people.test" not in operator.page
    operator.get("customers")
    operator.post("customers", text="c01")
    assert "Nobody has that id or address. Did you mean:" in operator.text
    assert 'href="./customer?id=c' in operator.page
    assert operator.get("customer?id=c2").status_code == 200
    assert operator.get("customer?id=nobody").status_code == 404


def test_why_somebody_got_nothing_is_said_in_words(door: Door, operator: Operator) -> None:
    door.app.plan_due(["hello"])
    with door.app.database.write() as connection:
        row = {"channel": "email", "address": "c2@people.test", "reason": "opted_out", "at": NOW}
        connection.execute(table(Suppression).insert().values(row))
    door.app.dispatch()
    operator.get("customer?id=c2")
    assert "not sent: they answered STOP" in operator.text
    assert "not to be used: they answered STOP" in operator.text


def test_a_persian_shop_reads_from_right_to_left(door: Door) -> None:
    door.shop.campaign()
    persian = {"BRAND__LOCALE": "fa-IR", "BRAND__TIMEZONE": "Asia/Tehran", "BRAND__CALENDAR": "jalali"}
    operator = Operator.at(door, **persian)
    operator.sign_in(name="سارا")
    assert '<html lang="fa" dir="rtl">' in operator.page
    door.app.plan_due(["hello"])
    door.app.dispatch()
    operator.get("campaign/hello")
    assert "برای ۳ نفر از ۳ نفر واجد شرایط: ۳ فرستاده شد." in operator.text
    assert re.search("(شنبه|جمعه) [۰-۹]+ [آ-ی]+ ۱[۳-۴][۰-۹]{2}، [۰-۹]{2}:[۰-۹]{2}", operator.text)
    operator.get("customer?id=c1")
    assert "پیام گرفت (hello، ایمیل)" in operator.text
    operator.get("stop")
    operator.post("stop", reason="تعطیلات")
    assert "همه‌چیز متوقف است" in operator.text


def test_what_is_under_way_does_not_change_while_it_is_shown() -> None:
    bench, go = Bench(), threading.Event()
    assert bench.start("preview", "", NOW, lambda job: setattr(job, "error", go.wait(30) and "slow"))
    seen = bench.job
    go.set()
    eventually(lambda: bench.job is not None and bench.job.done)
    assert seen is not None
    assert (seen.done, seen.error) == (False, "")
