"""Signing in and out."""

from __future__ import annotations

from math import ceil

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from engine import clock
from engine.web import body
from engine.web.console.desk import PASSWORD, Desk, log
from engine.web.console.session import COOKIE, LASTS


def routes(router: APIRouter, desk: Desk) -> None:
    @router.get("/console")
    def _named() -> Response:
        desk.exists()
        return Response(status_code=303, headers={"Location": "console/"})

    @router.get("/console/login")
    def _ask(request: Request) -> Response:
        if desk.session(request):
            return desk.back(request, "")
        return desk.page(request, "login", None, wrong="")

    @router.post("/console/login")
    async def _sign_in(request: Request) -> Response:
        await run_in_threadpool(desk.exists)
        desk.same_site(request)
        fields = dict(await body.form(request))
        return await run_in_threadpool(_tried, desk, request, fields)

    @router.post("/console/logout")
    async def _sign_out(request: Request) -> Response:
        act = await desk.act(request)
        desk.porter.end(act.session)
        desk.note(request, act.session, "signed out")
        answer = desk.back(request, "login")
        _put(desk, answer, "", 0)
        return answer


def _tried(desk: Desk, request: Request, fields: dict[str, str]) -> Response:
    client, now = request.client.host if request.client else "", clock.now()
    password = desk.app().settings.secret(PASSWORD)
    right, wait = desk.porter.sign_in(password, fields.get("password", ""), client, now)
    if not right:
        log.warning("a wrong password, or too many of them", extra={"client": client})
        seconds = ceil(wait.total_seconds())
        said = desk.words["wait" if wait else "wrong"].format(seconds=desk.figures.number(seconds))
        answer = desk.page(request, "login", None, 429 if wait else 403, wrong=said)
        if wait:
            answer.headers["Retry-After"] = str(seconds)
        return answer
    session = desk.porter.begin(fields.get("name", ""), now)
    desk.note(request, session, "signed in")
    answer = desk.back(request, "")
    _put(desk, answer, desk.porter.cookie(desk.key, session), int(LASTS.total_seconds()))
    return answer


def _put(desk: Desk, answer: Response, cookie: str, seconds: int) -> None:
    """Without a path of its own the cookie is for the console alone, wherever it is reached."""
    secure = desk.app().settings.brand.public_url.startswith("https://")
    answer.set_cookie(COOKIE, cookie, seconds, path=None, secure=secure, httponly=True, samesite="strict")
