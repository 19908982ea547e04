"""What an operator tries at the console, and what it looks like: the store makes no difference here."""

import re
import threading

import pytest

from engine.app import App
from engine.store.database import table
from engine.store.people import Suppression
from engine.vocabulary import Receipt, Verdict
from engine.web.console.bench import Bench
from tests.daemon.shop import eventually
from tests.outbox.shop import NOW
from tests.web.console import Operator
from tests.web.door import Door


@pytest.fixture
def dialect() -> str:
    return "sqlite"


def states(door: Door) -> dict[str, int]:
    return dict(door.shop.states())


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
