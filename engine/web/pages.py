"""The pages behind a letter: leaving, choosing, saying yes. Looking at one changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from engine import clock
from engine.app import App
from engine.cycle.choices import Board, Visitor
from engine.web import body
from engine.web.look import Look

#: Link scanners and previews ask with either.
LOOKING = ["GET", "HEAD"]


def routes(app: Callable[[], App], look: Look) -> APIRouter:
    router = APIRouter()
    _leaving(router, app, look)
    _choosing(router, app, look)
    _confirming(router, app, look)
    return router


def _leaving(router: APIRouter, app: Callable[[], App], look: Look) -> None:
    @router.api_route("/u/{token}", methods=LOOKING)
    def _ask(token: str, request: Request) -> Response:
        found = app().visits.visitor(token)
        return look.nowhere(request) if found is None else _of(look, "leave", found, token)

    @router.post("/u/{token}")
    async def _leave(token: str, request: Request) -> Response:
        """The page's own button, and the mailbox's (RFC 8058): whatever is posted, they want to leave."""
        await body.read(request, body.LARGEST_FORM)
        found = await run_in_threadpool(app().visits.unsubscribe, token, clock.now())
        return look.nowhere(request) if found is None else _of(look, "gone", found, token)


def _choosing(router: APIRouter, app: Callable[[], App], look: Look) -> None:
    def page(request: Request, board: Board | None, saved: bool) -> Response:
        if board is None:
            return look.nowhere(request)
        return look.page("choose", board.visitor.language, board=board, saved=saved)

    @router.api_route("/p/{token}", methods=LOOKING)
    def _ask(token: str, request: Request) -> Response:
        return page(request, app().visits.board(token), saved=False)

    @router.post("/p/{token}")
    async def _save(token: str, request: Request) -> Response:
        fields = await body.form(request)
        shown, wanted = ({value for name, value in fields if name == one} for one in ("shown", "wanted"))
        board = await run_in_threadpool(app().visits.choose, token, shown, wanted, clock.now())
        return page(request, board, saved=True)


def _confirming(router: APIRouter, app: Callable[[], App], look: Look) -> None:
    @router.api_route("/c/{token}", methods=LOOKING)
    def _ask(token: str, request: Request) -> Response:
        found = app().visits.to_confirm(token)
        return look.nowhere(request) if found is None else _of(look, "confirm", found, token)

    @router.post("/c/{token}")
    async def _confirm(token: str, request: Request) -> Response:
        await body.read(request, body.LARGEST_FORM)
        found = await run_in_threadpool(app().visits.confirm, token, clock.now())
        if found is None:
            return look.nowhere(request)
        return look.page("said", found.language, title="confirmed_title", text="confirmed")


def _of(look: Look, name: str, who: Visitor, token: str) -> Response:
    return look.page(name, who.language, channel=who.channel, address=who.masked, token=token)
