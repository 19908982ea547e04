"""`POST /hooks/{provider}`: what providers tell, proved by its signature before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.concurrency import run_in_threadpool

from engine import clock
from engine.app import App
from engine.web import body


def routes(app: Callable[[], App]) -> APIRouter:
    router = APIRouter()

    @router.post("/hooks/{provider}")
    async def _hook(provider: str, request: Request) -> Response:
        raw = await body.read(request, body.LARGEST_CALL)
        headers = {name.lower(): value for name, value in request.headers.items()}
        heard = await run_in_threadpool(
            app().visits.called,
            provider,
            _where(request),
            raw,
            headers,
            dict(request.query_params),
            clock.now(),
        )
        if heard is None:
            return PlainTextResponse("no provider of that name", 404)
        if not heard.genuine:
            return PlainTextResponse("the signature does not hold", 403)
        return Response(heard.body, media_type=heard.media)

    return router


def _where(request: Request) -> str:
    """Path and query, byte for byte as they were asked for: signatures are over them."""
    path = bytes(request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
    query = bytes(request.scope["query_string"]).decode("latin-1")
    return f"{path.partition('?')[0]}?{query}" if query else path.partition("?")[0]
