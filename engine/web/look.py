"""How the pages look: server-rendered, in the reader's language, with nothing fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine.app import App
from engine.web.console import words as console
from engine.web.words import DIRECTIONS, WORDS

_FOLDER = Path(__file__).parent / "templates"


class _Sheet(NamedTuple):
    """A style sheet, and the policy that lets it and nothing else in."""

    style: str
    policy: str


def _sheet(name: str) -> _Sheet:
    style = (_FOLDER / name).read_text("utf-8").strip()
    seal = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{seal}'; form-action 'self'; base-uri 'none'"
    return _Sheet(style, f"{policy}; frame-ancestors 'none'")


class Look:
    """Renders the pages in the brand's name."""

    def __init__(self, app: Callable[[], App]) -> None:
        self._app = app
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._letters, self._console = _sheet("style.css"), _sheet("console/style.css")

    def page(self, name: str, language: str, status: int = 200, **facts: Any) -> Response:
        """The page of that name; `language` is the reader's, or empty for the brand's."""
        chosen = spoken(language) or self.language
        return self._shown(name, chosen, WORDS[chosen], self._letters, status, facts)

    def console(self, name: str, status: int = 200, **facts: Any) -> Response:
        """A page of the console, in the brand's language: where it comes from is told to itself alone."""
        words = console.WORDS[self.language]
        page = self._shown(f"console/{name}", self.language, words, self._console, status, facts)
        page.headers["Referrer-Policy"] = "same-origin"
        return page

    @property
    def language(self) -> str:
        """The brand's."""
        return spoken(self._app().settings.brand.locale) or "en"

    def _shown(
        self, name: str, language: str, words: Mapping[str, str], sheet: _Sheet, status: int, facts: Any
    ) -> Response:
        html = self._templates.get_template(f"{name}.html.j2").render(
            words=words,
            language=language,
            direction=DIRECTIONS[language],
            brand=self._app().settings.brand.name,
            style=sheet.style,
            **facts,
        )
        headers = {"Content-Security-Policy": sheet.policy, "Content-Language": language}
        return HTMLResponse(html, status, headers)

    def nowhere(self, request: Request) -> Response:
        """For tokens that are none of ours, and addresses that there are not."""
        return self.page("said", accepted(request), 404, title="nowhere_title", text="nowhere")

    def later(self, request: Request) -> Response:
        """The store is not to be had for a moment."""
        answer = self.page("said", accepted(request), 503, title="later_title", text="later")
        answer.headers["Retry-After"] = "30"
        return answer


def spoken(language: str) -> str:
    """The one of our languages that it means, or nothing."""
    plain = language.strip().replace("_", "-").partition("-")[0].lower()
    return plain if plain in WORDS else ""


def accepted(request: Request) -> str:
    """The first language that the browser asks for and we speak."""
    asked = request.headers.get("accept-language", "")[:200].split(",")
    return next((found for one in asked if (found := spoken(one.partition(";")[0]))), "")
