"""Leaving, choosing, saying yes: looking changes nothing, a button acts at once."""

import re
import time
from itertools import product
from typing import Any

import pytest
from sqlalchemy import update

from engine.compose.links import Links
from engine.errors import TryAgain
from engine.store.database import table
from engine.store.ledger import Delivery
from engine.store.people import Customer, Suppression
from engine.web.words import WORDS
from tests.events.mail import everything
from tests.outbox.shop import NOW, rows
from tests.web.door import Door

ONE_CLICK = {
    "data": "List-Unsubscribe=One-Click",
    "headers": {"Content-Type": "application/x-www-form-urlencoded"},
}


def change(door: Door, customer_id: str, **columns: object) -> None:
    people = table(Customer)
    with door.app.database.write() as connection:
        connection.execute(update(people).where(people.c.customer_id == customer_id).values(**columns))


def boxes(page: str) -> dict[str, str]:
    """Every box of the preference page: checked, disabled or nothing."""
    found = re.findall(r'name="wanted" value="([^"]*)"\s*(\w*)>', page)
    return dict(found)


def test_a_scanner_unsubscribes_nobody_and_one_post_does(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    token = door.token(first)
    before = everything(door.app.database)
    for number in range(1000 if door.app.database.is_sqlite else 20):
        answer = door("HEAD" if number % 5 else "GET", f"/u/{token}")
        assert answer.status_code == 200
    for path in ("p", "c", "l", "o"):
        door("GET", f"/{path}/{token}")
    assert everything(door.app.database) == before
    answer = door("POST", f"/u/{token}", data=ONE_CLICK)
    assert answer.status_code == 200
    assert door.said() == [("c0", "email", "", "unsubscribed", "unsubscribe")]
    assert [row.outcome for row in rows(door.app.database)] == ["unsubscribed", None, None]


def test_one_post_stops_the_next_mail(door: Door) -> None:
    door.shop.campaign()
    door.app.reload()
    door.app.plan_due(["hello"])
    waiting = {row.customer_id: row.delivery_id for row in rows(door.app.database)}
    links: Links = door.app.visits.links
    begun = time.monotonic()
    assert door("POST", f"/u/{links.token(waiting['c1'])}", data=ONE_CLICK).status_code == 200
    door.app.dispatch()
    told = {row.customer_id: (row.state, row.reason) for row in rows(door.app.database)}
    assert told == {"c0": ("accepted", None), "c1": ("skipped", "no_consent"), "c2": ("accepted", None)}
    assert sorted(door.shop.files()) == ["c0@people.test", "c2@people.test"]
    assert time.monotonic() - begun < 60  # the answer came first: nothing was still to be done


def test_whatever_is_posted_they_want_to_leave(door: Door) -> None:
    door.promise()
    forms: list[dict[str, Any]] = [
        {},
        {"data": b"\xff\0"},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
    ]
    for row, form in zip(door.hand_over(), forms, strict=True):
        page = door("POST", f"/u/{door.token(row)}", **form)
        assert page.status_code == 200
        assert "You are unsubscribed" in page.text
        assert f"../p/{door.token(row)}" in page.text
    left = [(name, "email", "", "unsubscribed", "unsubscribe") for name in ("c0", "c1", "c2")]
    assert door.said() == left


def test_who_came_back_can_leave_again_by_the_same_letter(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    token = door.token(first)
    door("POST", f"/u/{token}")
    assert boxes(door("GET", f"/p/{token}").text) == {"email": ""}
    page = door("POST", f"/p/{token}", data=[("wanted", "email")])
    assert boxes(page.text) == {"email": "checked"}
    door("POST", f"/u/{token}")
    assert boxes(door("GET", f"/p/{token}").text) == {"email": ""}
    assert [one[3:] for one in door.said()] == [
        ("unsubscribed", "unsubscribe"),
        ("subscribed", "preferences"),
        ("unsubscribed", "unsubscribe"),
    ]


def test_whoever_shares_the_address_is_left_alone_too(door: Door) -> None:
    change(door, "c2", email_address="c0@people.test")
    door.promise()
    first, *_ = door.hand_over()
    door("POST", f"/u/{door.token(first)}")
    assert {one[0] for one in door.said()} == {"c0", "c2"}


def test_a_letter_of_years_ago_still_lets_people_leave(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    rows_ = table(Delivery)
    with door.app.database.write() as connection:
        connection.execute(rows_.update().values(created_at=NOW.replace(year=2016), campaign="gone"))
    change(door, "c0", email_address="new@people.test")
    assert door("POST", f"/u/{door.token(first)}").status_code == 200
    assert door.said() == [("c0", "email", "", "unsubscribed", "unsubscribe")]


def test_a_forged_token_leads_to_a_sentence(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    good = door.token(first)
    other = Links("https://corner.test", "another key").token(first.delivery_id)
    before = everything(door.app.database)
    wrong = [
        good[:-1],
        good + "x",
        good.replace(good[0], "0" if good[0] != "0" else "1", 1),
        other,
        "x",
        "%00",
        "ü",
    ]
    wrong.append(door.app.visits.links.token("no such letter"))
    asked = [*product(("GET", "POST"), "upc"), ("GET", "l")]
    for token, (method, path) in product(wrong, asked):
        answer = door(method, f"/{path}/{token}")
        assert answer.status_code == 404, (method, path, token)
        assert "leads nowhere" in answer.text
    assert everything(door.app.database) == before


def test_a_reader_chooses_channels_and_topics(door: Door) -> None:
    change(door, "c0", phone_address="+447700900123")
    door.promise(topic="news")
    first, *_ = door.hand_over()
    token = door.token(first)
    page = door("GET", f"/p/{token}").text
    assert boxes(page) == {"email": "checked", "email:news": "checked", "sms": "checked"}
    shown = [("shown", name) for name in boxes(page)]
    after = door("POST", f"/p/{token}", data=[*shown, ("wanted", "email"), ("wanted", "sms")])
    assert boxes(after.text) == {"email": "checked", "email:news": "", "sms": "checked"}
    assert "Saved" in after.text
    assert door.said() == [("c0", "email", "news", "unsubscribed", "preferences")]
    after = door("POST", f"/p/{token}", data=[*shown, ("wanted", "email"), ("wanted", "email:news")])
    assert boxes(after.text) == {"email": "checked", "email:news": "", "sms": ""}


def test_an_old_page_sent_again_takes_nothing_back(door: Door) -> None:
    """It was open while they unsubscribed elsewhere: only what is changed by hand counts."""
    door.promise()
    first, *_ = door.hand_over()
    token = door.token(first)
    door("POST", f"/u/{token}")
    page = door("POST", f"/p/{token}", data=[("shown", "email"), ("wanted", "email")])
    assert boxes(page.text) == {"email": ""}
    assert len(door.said()) == 1


def test_nobody_chooses_what_is_not_on_the_page(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    form = [("wanted", name) for name in ("sms", "email:made up", "whatsapp", "")]
    assert door("POST", f"/p/{door.token(first)}", data=[("shown", "email"), *form, ("wanted", "email")]).ok
    assert door.said() == []


def test_a_channel_given_up_on_the_page_is_an_outcome_and_everybodys_at_the_address(door: Door) -> None:
    change(door, "c2", email_address="c0@people.test")
    door.promise()
    first, *_ = door.hand_over()
    door("POST", f"/p/{door.token(first)}", data=[("shown", "email")])
    assert {one[0] for one in door.said()} == {"c0", "c2"}
    assert rows(door.app.database)[0].outcome == "unsubscribed"


def test_a_blocked_address_says_so_and_cannot_be_chosen(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    row = {"channel": "email", "address": "c0@people.test", "reason": "bounced", "at": NOW, "source": "x"}
    with door.app.database.write() as connection:
        connection.execute(table(Suppression).insert().values(row))
    page = door("POST", f"/p/{door.token(first)}", data=[("wanted", "email")])
    assert boxes(page.text) == {"email": "disabled"}
    assert "may not write to your address" in page.text
    assert door.said() == []


def test_a_yes_is_said_twice(door: Door) -> None:
    door.promise(kind="transactional")
    first, *_ = door.hand_over()
    token = door.app.visits.links.confirm(first.delivery_id).rsplit("/", 1)[1]
    assert "Yes, please" in door("GET", f"/c/{token}").text
    assert door.said() == []
    for _ in range(2):
        assert "Thank you" in door("POST", f"/c/{token}").text
    assert door.said() == [("c0", "email", "", "subscribed", "double opt-in")]
    assert door("POST", f"/c/{door.token(first)}").status_code == 404
    change(door, "c0", email_address="new@people.test")
    assert door("POST", f"/c/{token}").status_code == 404


def test_pages_speak_the_readers_language(door: Door) -> None:
    change(door, "c0", language="fa-IR")
    door.promise()
    first, second, _ = door.hand_over()
    for path in ("u", "p"):
        page = door("GET", f"/{path}/{door.token(first)}", headers={"Accept-Language": "en"})
        assert '<html lang="fa" dir="rtl">' in page.text
        assert page.headers["content-language"] == "fa"
        assert '<html lang="en" dir="ltr">' in door("GET", f"/{path}/{door.token(second)}").text
    nowhere = door("GET", "/u/x", headers={"Accept-Language": "de, fa;q=0.5"})
    assert (nowhere.status_code, WORDS["fa"]["nowhere"] in nowhere.text) == (404, True)


def test_every_sentence_is_in_every_language() -> None:
    english, persian = WORDS["en"], WORDS["fa"]
    assert english.keys() == persian.keys()
    for key, text in persian.items():
        assert re.search("[\u0600-\u06ff]", text), key
        assert not re.search("[يك0-9]", text), key


def test_pages_fetch_nothing_and_tell_nothing(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    for page in (
        door("GET", f"/u/{door.token(first)}"),
        door("POST", f"/u/{door.token(first)}"),
        door("GET", f"/p/{door.token(first)}"),
        door("GET", "/nowhere"),
    ):
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "set-cookie" not in page.headers
        assert "server" not in page.headers
        assert not re.search(r"https?://|<script|<img|<link|@import|url\(", page.text)
        assert "c0@people.test" not in page.text
    assert "c…@people.test" in door("GET", f"/u/{door.token(first)}").text


def test_a_name_cannot_bring_markup(door: Door) -> None:
    door.promise(topic="<script>alert(1)</script>")
    first, *_ = door.hand_over()
    page = door("GET", f"/p/{door.token(first)}").text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_nothing_else_answers(door: Door) -> None:
    for path in ("/docs", "/openapi.json", "/redoc", "/static/x", "/"):
        assert door("GET", path).status_code == 404, path


def test_who_was_forgotten_finds_nothing_broken(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    door.app.customer_erase("c0")
    for method, path, words in (
        ("GET", "u", "Stop these messages?"),
        ("POST", "u", "You are unsubscribed"),
        ("GET", "p", "no address of yours"),
        ("POST", "p", "no address of yours"),
    ):
        answer = door(method, f"/{path}/{door.token(first)}")
        assert (answer.status_code, words in answer.text) == (200, True)
        assert "people.test" not in answer.text


def test_nobody_has_to_leave_twice_because_the_store_was_busy(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.promise()
    first, *_ = door.hand_over()
    write, failures = door.app.database.write, iter([True, True])
    token = door.token(first)

    def busy() -> Any:
        if next(failures, False):
            raise TryAgain("the store was not to be had for a moment")
        return write()

    monkeypatch.setattr(door.app.database, "write", busy)
    assert door("POST", f"/u/{token}").status_code == 200
    assert door.said() == [("c0", "email", "", "unsubscribed", "unsubscribe")]
