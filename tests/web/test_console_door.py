"""Who is let in to the console, and that nobody else does anything there."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.store.campaigns import Pause
from engine.store.database import table
from engine.web.console import routes
from engine.web.console.session import FORGIVEN, LASTS, LONGEST, Porter, Tries, holds, proof
from tests.outbox.shop import NOW
from tests.web.console import PASSWORD, Operator
from tests.web.door import PUBLIC, Door

PAGES = [
    "",
    "campaign/hello",
    "approve/x",
    "stop",
    "go-on",
    "preview/1/",
    "work",
    "customers",
    "customer?id=c0",
]
ACTS = ["stop", "go-on", "pause", "resume", "approve", "preview", "test", "customers", "logout"]


@pytest.fixture
def dialect() -> str:
    return "sqlite"


def pauses(door: Door) -> int:
    with door.app.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table(Pause))).scalar_one()


def test_without_a_password_there_is_no_console(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    for path in ["/console", "/console/login", *(f"/console/{page}" for page in PAGES)]:
        assert door("GET", path).status_code == 404, path
    for act in ["login", *ACTS]:
        assert door("POST", f"/console/{act}", headers={"Origin": PUBLIC}).status_code == 404, act
    with caplog.at_level(logging.INFO, "rekindle.console"):
        routes.tell(door.app)
        routes.tell(Operator.at(door).door.app)
    assert caplog.messages == [
        "there is no console: CONSOLE_PASSWORD is not set",
        "the console is at /console/",
    ]


def test_a_password_opens_it_and_signing_out_closes_it(door: Door) -> None:
    operator = Operator.at(door)
    assert door("GET", "/console").headers["location"] == "console/"
    for page in PAGES:
        answer = operator.get(page)
        assert answer.status_code == 303, page
        assert answer.headers["location"].lstrip("./") == "login"
    assert operator.sign_in("wrong").status_code == 403
    assert "That is not the password." in operator.text
    answer = operator.sign_in()
    flags = {one.strip().lower() for one in answer.headers["set-cookie"].split(";")[1:]}
    assert flags == {"httponly", "secure", "samesite=strict", f"max-age={int(LASTS.total_seconds())}"}
    assert "Sara" in operator.text
    kept = operator.cookie
    operator.cookie = kept[:-1] + ("A" if kept[-1] != "A" else "B")
    assert operator.get().status_code == 303
    operator.cookie = kept
    assert operator.get().status_code == 200
    operator.post("logout")
    assert operator.get().status_code == 303  # whoever copied the cookie is out, too


def test_another_password_ends_every_session(door: Door) -> None:
    operator = Operator.at(door)
    operator.sign_in()
    assert operator.get().status_code == 200
    Operator.at(door, BRAND__NAME="Renamed")
    assert operator.get().status_code == 200
    door.app = door.shop.app({"CONSOLE_PASSWORD": "another one"})
    assert operator.get().status_code == 303


ELSEWHERE: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://corner.test"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Referer": "https://evil.example/corner.test"},
    {},
]


def test_a_form_from_elsewhere_does_nothing(door: Door) -> None:
    operator = Operator.at(door)
    operator.sign_in()
    for headers in ELSEWHERE:
        for act in ACTS:
            sent = {"Cookie": operator.cookie, **headers}
            answer = operator.post(act, headers=sent, scope="all", text="c0")
            assert answer.status_code == 403, (act, headers)
        tried = door("POST", "/console/login", data={"password": PASSWORD}, headers=headers)
        assert tried.status_code == 403
    assert pauses(door) == 0


def test_a_form_without_its_proof_does_nothing(door: Door) -> None:
    operator, other = Operator.at(door), Operator(door)
    operator.sign_in()
    other.sign_in(name="Mina")
    for forged in ("", "0" * 64, other.proof, "ü"):
        assert operator.post("stop", proof=forged).status_code == 403
    operator.get()
    assert pauses(door) == 0
    here = {"Cookie": operator.cookie, "Origin": door.url}  # by its own address, without the public one
    assert operator.post("stop", headers=here).status_code == 303
    assert pauses(door) == 1


def test_guessing_takes_longer_and_longer() -> None:
    tries, now = Tries(), NOW
    waits = []
    for _ in range(FORGIVEN + 8):
        tries.wrong("a", now)
        waits.append(tries.wait("a", now).total_seconds())
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert tries.wait("a", now + LONGEST) == tries.wait("b", now) == timedelta(0)
    for number in range(5000):
        tries.wrong(f"client {number}", now)
    assert len(tries._wrong) == 1000


def test_who_guessed_waits_even_with_the_right_password() -> None:
    porter = Porter()
    for _ in range(FORGIVEN):
        right, wait = porter.sign_in("secret", "guess", "a", NOW)
    assert (right, wait) == (False, timedelta(seconds=1))
    assert porter.sign_in("secret", "secret", "a", NOW) == (False, timedelta(seconds=1))
    assert porter.sign_in("secret", "secret", "b", NOW) == (True, timedelta(0))
    assert porter.sign_in("secret", "secret", "a", NOW + timedelta(seconds=1)) == (True, timedelta(0))
    assert porter.sign_in("secret", "guess", "a", NOW) == (False, timedelta(0))


def test_the_page_tells_how_long_to_wait(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Operator.at(door)
    for _ in range(FORGIVEN):
        answer = operator.sign_in("wrong")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert "Too many wrong tries. Wait 1 s" in operator.text
    assert operator.sign_in().status_code == 429
    monkeypatch.setenv("REKINDLE_NOW", "2090-01-01T00:00:00Z")
    assert operator.sign_in().status_code == 303


def test_a_session_ends_and_is_nobody_elses() -> None:
    porter = Porter()
    session = porter.begin("  Sara \n N. ", NOW)
    cookie = porter.cookie("key", session)
    assert porter.session("key", cookie, NOW + LASTS - timedelta(seconds=1)) == session
    assert session.who == "Sara N."
    assert porter.session("key", cookie, NOW + LASTS) is None
    assert porter.session("another key", cookie, NOW) is None
    assert holds("key", session, proof("key", session))
    assert not holds("another key", session, proof("key", session))
    porter.end(session)
    assert porter.session("key", cookie, NOW) is None
