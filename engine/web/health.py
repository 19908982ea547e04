"""How it stands: `/healthz` says that we live, `/readyz` that all is well, `/metrics` how much there is."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from engine import clock
from engine.app import App
from engine.web.pages import LOOKING

_NO_EXTRA = "metrics need prometheus-client: pip install 'rekindle[observe]'\n"


def routes(app: Callable[[], App]) -> APIRouter:
    router = APIRouter()

    @router.api_route("/healthz", methods=LOOKING)
    def _lives() -> Response:
        return PlainTextResponse("alive\n")

    @router.api_route("/readyz", methods=LOOKING)
    def _ready() -> Response:
        troubles = app().visits.troubles()
        told = {"ready": not troubles, "reasons": troubles}
        return JSONResponse(told, 503 if troubles else 200)

    @router.get("/metrics")
    def _metrics() -> Response:
        try:
            from engine.web.metrics import exposition
        except ModuleNotFoundError as error:
            if error.name != "prometheus_client":
                raise
            return PlainTextResponse(_NO_EXTRA, 501)
        text, media = exposition(app().visits.measures(clock.now()))
        return Response(text, media_type=media)

    return router
