"""The console in a real browser: it signs in, nothing is refused, it fits a phone, it can be touched."""

import time
from collections.abc import Iterator

import pytest

from tests.web.browser import CHROMIUM, PATIENCE, Browser, browser
from tests.web.console import PASSWORD, Operator
from tests.web.door import Door

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]
#: WCAG's better size for fingers, in pixels.
TOUCH = 44
SMALL = f"""[...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
    .filter(one => one.offsetParent && one.getBoundingClientRect().height < {TOUCH - 0.5})
    .map(one => one.outerHTML)"""
SIGN_IN = f"""document.querySelector('[name=password]').value = {PASSWORD!r};
    document.querySelector('button').click()"""


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@pytest.fixture(scope="module")
def page() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.mark.parametrize(("locale", "direction"), [("en", "ltr"), ("fa", "rtl")])
def test_it_is_a_page_for_a_phone(door: Door, page: Browser, locale: str, direction: str) -> None:
    door.shop.campaign(more="limits: {max_audience: 1}\n")
    Operator.at(door, BRAND__LOCALE=locale)
    door.app.plan_due(["hello"])
    page.go(f"{door.url}/console/login")
    page.submit(SIGN_IN)
    for path in ("", "campaign/hello", "customers", "customer?id=c1", "stop"):
        page.go(f"{door.url}/console/{path}")
        assert page.run("getComputedStyle(document.body).direction") == direction
        for width in (390, 1280):
            page.resize(width)
            assert page.run("document.documentElement.scrollWidth") <= width, (path, width)
            assert page.run(SMALL) == [], (path, width)
    page.submit("document.querySelector('main form button').click()")
    assert page.run("getComputedStyle(document.querySelector('.stopped')).color") == "rgb(255, 255, 255)"
    page.go(f"{door.url}/console/")
    page.submit("document.querySelector('.bar form button').click()")
    end = time.monotonic() + PATIENCE
    while "/preview/" not in page.run("location.pathname"):
        assert time.monotonic() < end, page.run("document.body.innerText")
        page.go(f"{door.url}/console/work")
        time.sleep(0.1)
    page.go(page.run("document.querySelector('iframe').src"))
    assert "Corner Shop" in page.run("document.body.innerText")
    assert page.complaints == []
