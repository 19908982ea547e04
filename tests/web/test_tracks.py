"""Clicks lead where the store says, and only there; opens are counted where they are asked for."""

import re
from email import message_from_bytes
from email.policy import default
from typing import Any

from sqlalchemy import select

from engine.store.database import table
from engine.store.replies import Link, ProviderEvent
from tests.daemon.shop import eventually
from tests.outbox.shop import NOW, rows
from tests.web.door import Door

SHOP = "https://corner.test/sale?code=A&x=%D8%A7"


def store(door: Door, link_id: str, url: str) -> None:
    with door.app.database.write() as connection:
        connection.execute(table(Link).insert().values(link_id=link_id, url=url, created_at=NOW))


def told(door: Door, count: int) -> list[Any]:
    """The events, once there are so many: they are written down after the answer."""
    events = table(ProviderEvent)

    def found() -> list[Any]:
        with door.app.database.read() as connection:
            return list(connection.execute(select(events).order_by(events.c.bot, events.c.kind)))

    eventually(lambda: len(found()) >= count, found)
    return found()


def path_of(url: str) -> str:
    return url.removeprefix("https://corner.test")


def test_a_click_leads_on_and_is_written_down(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    store(door, "home", SHOP)
    path = path_of(door.app.visits.links.link(first.delivery_id, "home"))
    answer = door("GET", path)
    assert (answer.status_code, answer.headers["location"]) == (302, SHOP)
    (click,) = told(door, 1)
    assert (click.kind, click.link_id, click.bot, click.customer_id) == ("clicked", "home", False, "c0")
    assert rows(door.app.database)[0].outcome == "clicked"


def test_a_head_is_a_machines(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    store(door, "home", SHOP)
    path = path_of(door.app.visits.links.link(first.delivery_id, "home"))
    assert door("HEAD", path).headers["location"] == SHOP
    assert [row.bot for row in told(door, 1)] == [True]
    assert rows(door.app.database)[0].outcome is None
    door("GET", path)
    assert [row.bot for row in told(door, 2)] == [False, True]


def test_who_follows_every_link_at_once_does_not_count(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    links = door.app.visits.links
    for name in ("a", "b", "c"):
        store(door, name, SHOP)
    for name in ("a", "b", "c"):
        door("GET", path_of(links.link(first.delivery_id, name)))
    assert [row.bot for row in told(door, 3)] == [True, True, True]


def test_nobody_else_says_where_a_link_leads(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    links = door.app.visits.links
    store(door, "bad", "javascript:alert(1)")
    for path in (
        path_of(links.link(first.delivery_id, "unknown")),
        path_of(links.link(first.delivery_id, "bad")),
        f"/l/{links.token(first.delivery_id)}?url=https://evil.test",
        "/l/x?url=https://evil.test",
    ):
        answer = door("GET", path)
        assert answer.status_code == 404
        assert "location" not in answer.headers


def test_opens_are_counted_only_where_they_are_asked_for(door: Door) -> None:
    door.promise()
    first, *_ = door.hand_over()
    path = path_of(door.app.visits.links.opened(first.delivery_id))
    assert door("GET", path).content[:6] == b"GIF89a"
    assert door("GET", "/o/forged.gif").headers["content-type"] == "image/gif"
    door.app = door.shop.app({"REKINDLE_TRACKING__OPENS": "true"})
    assert door("GET", path).headers["cache-control"] == "no-store"
    assert [row.kind for row in told(door, 1)] == ["opened"]


def test_a_letters_links_lead_over_the_door_where_that_is_asked_for(door: Door) -> None:
    hello = (door.shop.root / "templates" / "hello.email.j2").read_text("utf-8")
    link = f'<p><a href="{SHOP.replace("&", "&amp;")}">Sale</a></p>'
    door.shop.write("templates/hello.email.j2", hello + link)
    door.shop.campaign()
    door.app = door.shop.app({"REKINDLE_TRACKING__CLICKS": "true"})
    door.app.run(["hello"])
    (letter, *_) = sorted((door.shop.root / "outbox").glob("*.eml"))
    html = message_from_bytes(letter.read_bytes(), policy=default).get_body(("html",))
    assert html is not None
    paths = re.findall(r'href="https://corner.test(/l/[^"]+)"', html.get_content())
    leads = {door("GET", path).headers["location"] for path in paths}
    assert leads == {SHOP, "https://corner.test"}  # the layout's own link to the shop, too
    with door.app.database.read() as connection:
        assert set(connection.execute(select(table(Link).c.url)).scalars()) == leads
    assert SHOP not in html.get_content().replace("&amp;", "&")
