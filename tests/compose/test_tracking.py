"""Links that are led over our own page: what changes in a letter, and what must not."""

from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from engine.compose.links import Links
from engine.compose.tracking import link_id, tracked

LINKS = Links("https://shop.example.com", "a key")


def led(url: str) -> str:
    return LINKS.link("d1", link_id(url))


def test_a_links_address_is_kept_and_another_stands_there() -> None:
    made = tracked('<p><a class=x href="https://a.example/?a=1&amp;b=2">A</a>', LINKS, "d1", True, False)
    assert made.urls == {link_id("https://a.example/?a=1&b=2"): "https://a.example/?a=1&b=2"}
    assert made.html == f'<p><a class=x href="{led("https://a.example/?a=1&b=2")}">A</a>'


def test_ways_out_and_other_things_stay_as_they_are() -> None:
    html = (
        f'<a href="{LINKS.unsubscribe("d1")}">out</a><a href="{LINKS.preferences("d1")}">choose</a>'
        '<a href="mailto:a@b.example">write</a><a href="tel:1">call</a><a href="#top">up</a><a href="">x</a>'
        '<link href="https://a.example/x.css"><img src="https://a.example/x.png">https://a.example'
    )
    assert tracked(html, LINKS, "d1", True, False) == (html, {})


def test_nothing_is_changed_that_is_not_asked_for() -> None:
    html = '<body><a href="https://a.example">A</a></body>'
    assert tracked(html, LINKS, "d1", False, False) == (html, {})


def test_the_picture_stands_at_the_end() -> None:
    made = tracked("<body><p>Hello</p></body></html>", LINKS, "d1", False, True)
    before, _, after = made.html.partition(f'<img src="{LINKS.opened("d1")}"')
    assert (before, after.partition(">")[2]) == ("<body><p>Hello</p>", "</body></html>")
    assert tracked("Hello", LINKS, "d1", False, True).html.startswith("Hello<img ")


@given(st.lists(st.tuples(st.sampled_from("\"'"), st.text("abc/?=&;#% یک<", max_size=12)), max_size=4))
def test_every_link_leads_where_it_led(parts: list[tuple[str, str]]) -> None:
    urls = [f"https://a.example/{path.strip()}" for _, path in parts]
    escaped = [url.replace("&", "&amp;").replace("<", "&lt;") for url in urls]
    html = "".join(
        f"<a href={quote}{url}{quote}>x</a>" for (quote, _), url in zip(parts, escaped, strict=True)
    )
    made = tracked(html, LINKS, "d1", True, False)
    tokens = [piece.partition("/l/")[2][:-3] for piece in made.html.split("</a>")[:-1]]
    named = [LINKS.read_link(unescape(token.rstrip("\"'"))) for token in tokens]
    assert [made.urls[found[1]] for found in named if found] == [unescape(url) for url in escaped]
