"""The web app, put together: every address that answers, and what holds for all of them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from engine.app import App
from engine.errors import RekindleError
from engine.web import health, hooks, pages, tracks
from engine.web.console import routes as console
from engine.web.look import Look

log = logging.getLogger("rekindle.web")
#: The App as it stands now: a daemon changes it under us when files are edited.
Now = Callable[[], App]

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address of a page is as good as its token
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


def site(app: Now) -> FastAPI:
    """Everything that answers. Only the console sets a cookie: a letter's token is all its reader needs."""
    made = FastAPI(title="rekindle", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    look = Look(app)
    for part in (hooks.routes(app), pages.routes(app, look), tracks.routes(app, look), health.routes(app)):
        made.include_router(part)
    made.include_router(console.routes(app, look))
    made.middleware("http")(_headers)
    _answers_to_faults(made, look)
    return made


async def _headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    answer = await call(request)
    for name, value in _ALWAYS.items():
        answer.headers.setdefault(name, value)
    return answer


def _answers_to_faults(made: FastAPI, look: Look) -> None:
    @made.exception_handler(HTTPException)
    def _refused(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404 and request.method in ("GET", "HEAD", "POST"):
            return look.nowhere(request)
        return PlainTextResponse(str(error.detail), error.status_code, error.headers)

    @made.exception_handler(RekindleError)
    def _not_now(request: Request, error: RekindleError) -> Response:
        """The store is away or busy: the provider tells it again, the reader tries again."""
        log.error("the web app could not answer: %s", error)
        return look.later(request)
