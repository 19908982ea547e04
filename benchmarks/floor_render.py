"""Rendering by hand: plain Jinja in this process, no fence, no sandbox; the same files, the same words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from engine.compose import front_matter
from engine.compose.css import inline
from engine.compose.filters import FILTERS
from engine.compose.library import EMAIL_LAYOUT, TEXT_LAYOUT, Library

TEMPLATE = "active/thank-you"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter's three texts."""

    subject: str
    html: str
    text: str


class Plain:
    """One email template, compiled once, its style sheet written into its tags once."""

    def __init__(self, folder: Path, path: str) -> None:
        files = Library(folder).files(path)
        email = front_matter.read(files[path], path)
        page, _, words = email.body.partition("{% block text %}")
        words = words.partition("{% endblock %}")[0]
        files |= {
            "page": f'{{% extends "{EMAIL_LAYOUT}" %}}{{% block body %}}{page}{{% endblock %}}',
            "words": f'{{% extends "{TEXT_LAYOUT}" %}}{{% block text %}}{words}{{% endblock %}}',
            "subject": email.subject.text,
            "preheader": email.preheader.text if email.preheader else "",
        }
        html = _environment(inline(files, ["page", EMAIL_LAYOUT]), True)
        text = _environment(files, False)
        self._html = html.get_template("page")
        self._text, self._subject, self._preheader = (
            text.get_template(name) for name in ("words", "subject", "preheader")
        )

    def render(self, context: Mapping[str, Any]) -> Rendered:
        message = dict(context["message"])
        names = {**context, "message": message}
        message["subject"] = subject = self._subject.render(names)
        message["preheader"] = self._preheader.render(names)
        return Rendered(subject, self._html.render(names), self._text.render(names))


def _environment(files: Mapping[str, str], autoescape: bool) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.DictLoader(files), autoescape=autoescape, undefined=jinja2.StrictUndefined
    )
    made.filters |= FILTERS
    return made


def letters(folder: Path, count: int) -> Iterator[tuple[str, str, Rendered]]:
    """So many letters: a name for each, its address, and what was rendered for it."""
    templates = {
        language: Plain(folder, f"{TEMPLATE}{ending}.email.j2")
        for language, ending in (("en", ""), ("fa", ".fa"))
    }
    for n in range(count):
        context = person(n)
        made = templates[context["message"]["language"]].render(context)
        yield f"{n:032x}", context["customer"]["email"], made


def person(n: int) -> dict[str, Any]:
    """What a letter may say, of a customer who is not in any store; one in six reads Persian."""
    token = f"{n:032x}.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    persian = n % 6 == 3
    return {
        "customer": {
            "id": f"C{n:07d}", "email": f"customer.{n}@example-{n % 50}.com", "first_name": "Alice",
            "last_name": "Smith", "tags": [], "attributes": {}, "orders_count": 3, "total_spent": 12345,
        },
        "order": {
            "id": f"O{n:08d}", "ordered_at": "2026-02-27T09:30:00Z", "amount": 500 + n, "currency": "EUR",
        },
        "brand": {
            "name": "Your Shop", "postal_address": "Your Shop, 1 Your Street, Your Town", "currency": "EUR",
            "public_url": "https://shop.example.com", "locale": "en", "timezone": "UTC",
            "show_tomans": False,
        },
        "links": {
            "shop": "https://shop.example.com",
            "unsubscribe": f"https://shop.example.com/unsubscribe/{token}",
            "preferences": f"https://shop.example.com/preferences/{token}",
        },
        "message": {
            "language": "fa" if persian else "en", "direction": "rtl" if persian else "ltr",
            "channel": "email",
        },
        "now": "2026-03-02T10:00:00Z",
    }  # fmt: skip
