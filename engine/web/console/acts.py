"""What may be done in the console: stop, pause, approve, make a preview, send a test, look somebody up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from engine import clock
from engine.app import App
from engine.cycle.choices import masked
from engine.cycle.preview import Wish
from engine.errors import YoursToFix
from engine.telling.page import pages
from engine.web.console import views
from engine.web.console.bench import Job, Shown
from engine.web.console.desk import Act, Desk, signed

#: So many tests go out in so long, whoever asks: a test is a message to anybody.
TESTS, WITHIN = 5, timedelta(minutes=10)
Doing = Callable[[Request, Act], Response]


def routes(router: APIRouter, desk: Desk) -> None:
    acts = Acts(desk)
    for name in ("stop", "go-on", "pause", "resume", "approve", "preview", "test", "customers"):
        _post(router, desk, name, getattr(acts, name.replace("-", "_")))


def _post(router: APIRouter, desk: Desk, name: str, doing: Doing) -> None:
    @router.post(f"/console/{name}", name=name)
    async def _do(request: Request) -> Response:
        return await run_in_threadpool(_done, desk, request, await desk.act(request), doing)


def _done(desk: Desk, request: Request, act: Act, doing: Doing) -> Response:
    try:
        return doing(request, act)
    except YoursToFix as error:
        return desk.page(request, "told", act.session, 422, title="not_done", text=str(error), ours=True)


class Acts:
    """Each method is one button."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self._lock = desk, Lock()
        self._tests: deque[datetime] = deque(maxlen=TESTS)

    @property
    def app(self) -> App:
        return self.desk.app()

    # -- stopping ------------------------------------------------------------------------------

    def stop(self, request: Request, act: Act) -> Response:
        self._pause(request, act, "all")
        return self.desk.back(request, "", "stopped")

    def go_on(self, request: Request, act: Act) -> Response:
        self.app.undo_stop()
        self.desk.note(request, act.session, "let everything go on")
        return self.desk.back(request, "", "going")

    def pause(self, request: Request, act: Act) -> Response:
        self._pause(request, act, act.said("scope"))
        return self.desk.back(request, _home(act), "paused")

    def resume(self, request: Request, act: Act) -> Response:
        self.app.resume(act.said("scope"))
        self.desk.note(request, act.session, "resumed", scope=act.said("scope"))
        return self.desk.back(request, _home(act), "resumed")

    def _pause(self, request: Request, act: Act, scope: str) -> None:
        reason = act.said("reason")
        self.app.pause(scope, signed(act.session, reason))
        self.desk.note(request, act.session, "paused", scope=scope, reason=reason)

    def approve(self, request: Request, act: Act) -> Response:
        held = self.app.approve(act.said("run"))
        facts = {"campaign": held["campaign"], "slot": held["slot"], "held": held["held"]}
        self.desk.note(request, act.session, "approved", **facts)
        return self.desk.back(request, f"campaign/{held['campaign']}", "approved")

    # -- trying --------------------------------------------------------------------------------

    def preview(self, request: Request, act: Act) -> Response:
        of = act.said("campaign")
        self._known(of)
        return self._begin(request, act, "preview", of, self._make)

    def test(self, request: Request, act: Act) -> Response:
        of, address = act.said("campaign"), act.said("address")
        if not of or not address:
            raise YoursToFix("a test needs a campaign and an address")
        self._known(of)
        if not self._may_test():
            return self._told(request, act, 429, "test_often")

        def send(job: Job) -> None:
            job.receipt = self.app.send_sample(job.of, address, act.said("customer") or None)

        return self._begin(request, act, "test", of, send, to=masked(address))

    def _known(self, name: str) -> None:
        """Raises YoursToFix for a campaign that there is not."""
        if name:
            self.app.book.campaign(name)

    def _begin(
        self, request: Request, act: Act, kind: str, of: str, work: Callable[[Job], None], **facts: Any
    ) -> Response:
        if not self.desk.bench.start(kind, of, clock.now(), work):
            return self._told(request, act, 409, "busy")
        self.desk.note(request, act.session, f"asked for a {kind}", campaign=of or "all", **facts)
        return self.desk.back(request, "work")

    def _make(self, job: Job) -> None:
        found = self.app.preview([job.of] if job.of else [], None, Wish(everything=True))
        made = pages(found, home="../../")
        self.desk.bench.keep(Shown(job.number, clock.now(), job.of, made, _summed(found["campaigns"])))

    def _may_test(self) -> bool:
        now = clock.now()
        with self._lock:
            if len(self._tests) == TESTS and now - self._tests[0] < WITHIN:
                return False
            self._tests.append(now)
            return True

    # -- looking somebody up -------------------------------------------------------------------

    def customers(self, request: Request, act: Act) -> Response:
        """Posted, so that no address stands in a log of addresses or in a browser's history."""
        result = self.app.find_customers(act.said("text"))
        if len(result["found"]) == 1:
            return views.customer(self.desk, request, act.session, result["found"][0]["customer_id"])
        return self.desk.page(request, "customers", act.session, result=result)

    def _told(self, request: Request, act: Act, status: int, text: str) -> Response:
        words = self.desk.words
        return self.desk.page(
            request, "told", act.session, status, title="not_done", text=words[text], ours=False
        )


def _home(act: Act) -> str:
    """Back to where the button was: the campaign's page, or the first one."""
    scope = act.said("scope")
    return "" if scope in ("email", "sms", "all") else f"campaign/{scope}"


def _summed(campaigns: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By campaign, who goes now and who waits; zones that are held apart from those that go."""
    found: dict[str, dict[str, Any]] = {}
    for one in campaigns:
        had = found.setdefault(one["campaign"], {"will_send": 0, "waiting": 0, "held": None})
        had["will_send"] += one["will_send"]
        had["waiting"] += sum(one["deferred"].values())
        had["held"] = had["held"] or one["held"]
    return found
