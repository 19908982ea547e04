"""What every test of a letter needs: a renderer that is started once, and a customer's plain data."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.compose.letter import direction
from engine.compose.library import Texts
from engine.compose.pool import Renderer
from engine.vocabulary import Channel, Letter, Rendered

ROOT = Path(__file__).resolve().parents[2]
LAYOUTS = {
    path: (ROOT / "templates" / path).read_text("utf-8")
    for path in ("layouts/email.j2", "layouts/text.j2", "layouts/parts.j2")
}

Render = Callable[..., Rendered]


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    with Renderer(ROOT / "templates") as started:
        yield started


def context(language: str = "en", **over: Any) -> dict[str, Any]:
    """A customer of a shop; `over` replaces whole names."""
    known: dict[str, Any] = {
        "customer": {
            "id": "c1", "first_name": "Anna", "tags": ["vip"], "attributes": {}, "orders_count": 3,
            "total_spent": 12345,
        },
        "brand": {
            "name": "Shop & Co", "postal_address": "Shop, 1 Street, Town", "public_url": "https://shop.example.com",
            "currency": "EUR", "locale": "en", "timezone": "Europe/Berlin", "show_tomans": False,
        },
        "order": {"id": "o-77", "ordered_at": "2026-03-20T22:30:00Z", "amount": 123456, "currency": "EUR"},
        "links": {
            "unsubscribe": "https://shop.example.com/u/t", "preferences": "https://shop.example.com/p/t",
            "confirm": "https://shop.example.com/c/t", "shop": "https://shop.example.com",
        },
        "message": {"language": language, "direction": direction(language), "channel": "email"},
        "now": "2026-03-25T10:00:00Z",
    }  # fmt: skip
    return known | over


@pytest.fixture
def sms(renderer: Renderer) -> Render:
    """Renders one text as an SMS would be, without HTML."""

    def render(text: str, **over: Any) -> Rendered:
        letter = Letter("t.sms.j2", Channel.SMS, context(**over))
        return renderer.render([letter], Texts({"t.sms.j2": text, **LAYOUTS}))[0]

    return render


@pytest.fixture
def email(renderer: Renderer) -> Render:
    """Renders one email's body in the shipped layout."""

    def render(
        body: str, subject: str = "Hello", files: dict[str, str] | None = None, **over: Any
    ) -> Rendered:
        text = f'---\nsubject: "{subject}"\n---\n{body}'
        letter = Letter("t.email.j2", Channel.EMAIL, context(**over))
        return renderer.render([letter], Texts({"t.email.j2": text, **LAYOUTS, **(files or {})}))[0]

    return render
