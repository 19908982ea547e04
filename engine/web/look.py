"""How the pages look: server-rendered, in the reader's language, with nothing fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine.app import App
from engine.web.words import DIRECTIONS, WORDS

_FOLDER = Path(__file__).parent / "templates"


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
        self._style = (_FOLDER / "style.css").read_text("utf-8").strip()
        seal = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self._policy = (
            f"default-src 'none'; style-src 'sha256-{seal}'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )

    def page(self, name: str, language: str, status: int = 200, **facts: Any) -> Response:
        """The page of that name; `language` is the reader's, or empty for the brand's."""
        brand = self._app().settings.brand
        chosen = spoken(language) or spoken(brand.locale) or "en"
        html = self._templates.get_template(f"{name}.html.j2").render(
            words=WORDS[chosen],
            language=chosen,
            direction=DIRECTIONS[chosen],
            brand=brand.name,
            style=self._style,
            **facts,
        )
        return HTMLResponse(
            html, status, {"Content-Security-Policy": self._policy, "Content-Language": chosen}
        )

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
