"""Links that name a delivery and nobody, and the headers that let people leave."""

import pytest

from engine.compose.links import Links, signing_key
from engine.store.database import Database

DELIVERY = "0f4b7a9cdeadbeef0f4b7a9cdeadbeef"
LINKS = Links("https://shop.example.com/", "a key")


def token(url: str) -> str:
    return url.rsplit("/", 1)[1]


def test_a_link_leads_back_to_its_delivery() -> None:
    for url in (LINKS.unsubscribe(DELIVERY), LINKS.preferences(DELIVERY)):
        assert url.startswith("https://shop.example.com/")
        assert LINKS.read(token(url)) == DELIVERY


def test_a_forged_or_mangled_token_leads_nowhere() -> None:
    good = token(LINKS.unsubscribe(DELIVERY))
    other = Links("https://shop.example.com", "another key")
    assert other.read(good) is None
    for bad in ("", ".", DELIVERY, good[:-1], good + "x", good.replace("0f", "1f", 1), "é", "a.b.c", "\0"):
        assert LINKS.read(bad) is None


def test_a_token_is_good_for_its_own_purpose_only() -> None:
    yes, link = token(LINKS.confirm(DELIVERY)), token(LINKS.link(DELIVERY, "home"))
    assert LINKS.read_confirm(yes) == DELIVERY
    assert LINKS.read_link(link) == (DELIVERY, "home")
    assert LINKS.read_confirm(token(LINKS.unsubscribe(DELIVERY))) is None
    assert LINKS.read_confirm(link) is None
    assert LINKS.read_link(token(LINKS.unsubscribe(DELIVERY))) is None
    assert DELIVERY not in (LINKS.read(yes), LINKS.read(link))


def test_templates_get_the_same_links() -> None:
    assert LINKS.all(DELIVERY) == {
        "unsubscribe": LINKS.unsubscribe(DELIVERY),
        "preferences": LINKS.preferences(DELIVERY),
        "confirm": LINKS.confirm(DELIVERY),
        "shop": "https://shop.example.com",
    }


def test_one_click_headers() -> None:
    url = LINKS.unsubscribe(DELIVERY)
    listed, post = LINKS.headers(url, "The Shop <hello@shop.example.com>")
    assert listed == (
        "List-Unsubscribe",
        f"<{url}>, <mailto:hello@shop.example.com?subject=unsubscribe%20{token(url)}>",
    )
    assert post == ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


@pytest.mark.parametrize("sender", ["", "nobody", "a b@c", "The Shop <>"])
def test_without_a_sender_there_is_the_link_alone(sender: str) -> None:
    url = LINKS.unsubscribe(DELIVERY)
    assert LINKS.headers(url, sender)[0] == ("List-Unsubscribe", f"<{url}>")


def test_a_sender_cannot_bring_a_header_of_its_own() -> None:
    for name, value in LINKS.headers(LINKS.unsubscribe(DELIVERY), "a@b.example\r\nBcc: x@y.example"):
        assert "\n" not in name + value
        assert "\r" not in name + value


def test_one_click_is_promised_for_https_only() -> None:
    names = [
        name for name, _ in Links("http://localhost:8000", "k").headers("http://localhost:8000/unsubscribe/t")
    ]
    assert names == ["List-Unsubscribe"]


def test_the_key_is_made_once_and_kept(store_url: str) -> None:
    database = Database(store_url)
    with database.write() as connection:
        first = signing_key(connection)
        assert signing_key(connection) == first
    with database.write() as connection:
        assert signing_key(connection) == first
    database.close()
    assert len(first) >= 43
