"""What the console shows: campaigns, a campaign, previews, customers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from engine import clock
from engine.cycle.choices import masked
from engine.errors import YoursToFix
from engine.telling import page as preview_page
from engine.telling import words as telling
from engine.web.console import words
from engine.web.console.bench import Shown
from engine.web.console.desk import Desk

#: Nobody reads on beyond so many.
_MOST = 200
#: What waits for a word stands first.
_FIRST = ("held", "paused", "live")
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: A letter is a stranger's page: its own policy stands in it, and nothing of it may run even when it is
#: opened by itself.
_LETTER_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


def routes(router: APIRouter, desk: Desk) -> None:
    _campaigns(router, desk)
    _previews(router, desk)
    _customers(router, desk)


def _campaigns(router: APIRouter, desk: Desk) -> None:
    @router.get("/console/")
    def _all(request: Request) -> Response:
        session, found = desk.enter(request), desk.app().overview()
        for one in found["campaigns"]:
            one.update(_standing(desk, one))
        found["campaigns"].sort(key=lambda one: _FIRST.index(one["state"]))
        return desk.page(request, "home", session, newest=desk.bench.newest(), **found)

    @router.get("/console/campaign/{name}")
    def _one(name: str, request: Request) -> Response:
        session, found = desk.enter(request), desk.app().overview()
        one = next((one for one in found["campaigns"] if one["campaign"] == name), None)
        if one is None:
            raise HTTPException(404)
        return desk.page(
            request,
            "campaign",
            session,
            one={**one, **_standing(desk, one)},
            audience=desk.app().audience_english(name),
            why=lambda reason: words.why(desk.look.language, reason),
        )

    @router.get("/console/approve/{run}")
    def _approve(run: str, request: Request) -> Response:
        session = desk.enter(request)
        for one in desk.app().overview()["campaigns"]:
            for held in one["held"]:
                if held["run"] == run:
                    return desk.page(request, "approve", session, one=one, held=held)
        raise HTTPException(404)

    for name in ("stop", "go-on"):
        router.get(f"/console/{name}")(_plain(desk, name))


def _plain(desk: Desk, name: str) -> Callable[[Request], Response]:
    def _ask(request: Request) -> Response:
        return desk.page(request, name, desk.enter(request))

    return _ask


def _standing(desk: Desk, one: dict[str, Any]) -> dict[str, Any]:
    """How a campaign stands in a word, which of its held runs wait for a yes, and its last preview."""
    waiting = [held for held in one["held"] if not held["approved_at"]]
    state = "paused" if one["paused"] else "held" if waiting else "live"
    shown = desk.bench.newest(one["campaign"])
    preview = shown and {
        "number": shown.number,
        "at": clock.iso(shown.at),
        **shown.campaigns[one["campaign"]],
    }
    held = [{**run, "approvable": telling.approvable({"held": run["reason"]})} for run in one["held"]]
    return {"state": state, "held": held, "preview": preview}


def _previews(router: APIRouter, desk: Desk) -> None:
    def shown(request: Request, number: str) -> Shown:
        desk.enter(request)
        found = desk.bench.shown(int(number)) if number.isdecimal() and len(number) < 9 else None
        if found is None:
            raise HTTPException(404)
        return found

    @router.get("/console/preview/{number}/")
    def _page(number: str, request: Request) -> Response:
        return _html(shown(request, number).pages.index, _PAGE_POLICY)

    @router.get(f"/console/preview/{{number}}/{preview_page.FOLDER}/{{name}}")
    def _letter(number: str, name: str, request: Request) -> Response:
        letter = shown(request, number).pages.letters.get(name)
        if letter is None:
            raise HTTPException(404)
        answer = _html(letter, _LETTER_POLICY)
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
        return answer

    @router.get("/console/work")
    def _work(request: Request) -> Response:
        session, job = desk.enter(request), desk.bench.job
        if job is None:
            return desk.back(request, "")
        if job.done and job.kind == "preview" and not job.error:
            return desk.back(request, f"preview/{job.number}/")
        return desk.page(request, "work", session, job=job, begun=clock.iso(job.started))


def _html(text: str, policy: str) -> Response:
    return HTMLResponse(text.encode("utf-8", "replace"), headers={"Content-Security-Policy": policy})


def _customers(router: APIRouter, desk: Desk) -> None:
    @router.get("/console/customers")
    def _ask(request: Request) -> Response:
        return desk.page(request, "customers", desk.enter(request), result=None)

    @router.get("/console/customer")
    def _one(request: Request) -> Response:
        session = desk.enter(request)
        return customer(desk, request, session, request.query_params.get("id", ""))


def customer(desk: Desk, request: Request, session: Any, customer_id: str) -> Response:
    """A customer's life with us, and the ledger's rows about them, the newest first."""
    app, language = desk.app(), desk.look.language
    try:
        found = app.customer_show(customer_id)
    except YoursToFix:
        raise HTTPException(404) from None
    rows = list(islice(app.deliveries(customer=customer_id), 10 * _MOST))[::-1]
    for row in rows:
        row["to"] = masked(row["to"])
    life = [{**one, "told": words.happened(language, one)} for one in reversed(found["life"])]
    return desk.page(
        request,
        "customer",
        session,
        who={**found, "email": masked(found["email"] or ""), "phone": masked(found["phone"] or "")},
        rows=rows[:_MOST],
        life=life[:_MOST],
        most=_MOST if max(len(rows), len(life)) > _MOST else 0,
        why=lambda reason: words.why(language, reason),
    )
