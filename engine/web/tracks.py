"""`/l/` leads a click to where the store says, and `/o/` is a picture of one point."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask

from engine import clock
from engine.app import App
from engine.errors import RekindleError
from engine.web.look import Look
from engine.web.pages import LOOKING

log = logging.getLogger("rekindle.web")
_POINT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def routes(app: Callable[[], App], look: Look) -> APIRouter:
    router = APIRouter()

    @router.api_route("/l/{token}", methods=LOOKING)
    def _follow(token: str, request: Request) -> Response:
        """Nobody waits for our book-keeping: it is done when they are on their way."""
        url = app().visits.target(token)
        if url is None:
            return look.nowhere(request)
        told = BackgroundTask(_note, app().visits.clicked, token, _machine(request))
        return RedirectResponse(url, 302, background=told)

    @router.api_route("/o/{token}.gif", methods=LOOKING)
    def _open(token: str, request: Request) -> Response:
        """The same answer for every token: a picture that fails would show in the letter."""
        told = BackgroundTask(_note, app().visits.opened, token, _machine(request))
        return Response(_POINT, media_type="image/gif", background=told)

    return router


def _machine(request: Request) -> bool:
    """Readers ask with GET; what asks with HEAD looks after links."""
    return request.method == "HEAD"


def _note(take: Callable[..., None], token: str, machine: bool) -> None:
    try:
        take(token, machine, clock.now())
    except RekindleError as error:
        log.error("a click or open was not written down: %s", error)
