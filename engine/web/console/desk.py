"""What every page of the console goes by: who may come in, what may be done, how it is shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from engine import clock
from engine.app import App
from engine.text import single_line
from engine.web import body
from engine.web.console.bench import Bench
from engine.web.console.figures import Figures
from engine.web.console.session import COOKIE, Porter, Session, holds, proof
from engine.web.console.words import WORDS
from engine.web.look import Look

log = logging.getLogger("rekindle.console")
PASSWORD = "CONSOLE_PASSWORD"
#: A reason, or what else is written into a box, is no longer than that.
_LONGEST = 300


class Act(NamedTuple):
    """A form that came from one of our own pages, and who sent it."""

    session: Session
    fields: Mapping[str, str]

    def said(self, name: str) -> str:
        return single_line(" ".join(self.fields.get(name, "").split()))[:_LONGEST]


class Desk:
    """One for the whole site: it remembers who guesses, who signed out, and the last previews."""

    def __init__(self, app: Callable[[], App], look: Look) -> None:
        self.app, self.look = app, look
        self.porter, self.bench = Porter(), Bench()

    @property
    def key(self) -> str:
        return self.app().visits.console_key

    @property
    def figures(self) -> Figures:
        return Figures(self.look.language, self.app().settings.brand.reckoning)

    # -- coming in -----------------------------------------------------------------------------

    def exists(self) -> None:
        """Without a password there is no console: it is never open by default."""
        if not self.app().settings.secret(PASSWORD):
            raise HTTPException(404)

    def session(self, request: Request) -> Session | None:
        self.exists()
        return self.porter.session(self.key, request.cookies.get(COOKIE, ""), clock.now())

    def enter(self, request: Request) -> Session:
        """Whoever is signed in; all others are led to the door."""
        found = self.session(request)
        if found is None:
            raise HTTPException(303, headers={"Location": f"{root(request)}login"})
        return found

    async def act(self, request: Request) -> Act:
        """The form, when it is one of ours: signed in, from our own page, with the session's proof."""
        await run_in_threadpool(self.exists)
        self.same_site(request)
        fields = dict(await body.form(request))
        session = await run_in_threadpool(self.enter, request)
        if not holds(self.key, session, fields.get("proof", "")):
            raise HTTPException(403, self.words["over"])
        return Act(session, fields)

    def same_site(self, request: Request) -> None:
        """Browsers say where a form comes from; from elsewhere, or from nowhere, nothing is done."""
        told = request.headers.get("origin") or request.headers.get("referer") or ""
        try:
            at, public = urlsplit(told), urlsplit(self.app().settings.brand.public_url)
        except ValueError:
            raise HTTPException(403, self.words["over"]) from None
        ours = (at.scheme, at.netloc) == (public.scheme, public.netloc)
        here = at.netloc == request.headers.get("host") and at.netloc != public.netloc
        if not at.netloc or not (ours or here):
            raise HTTPException(403, self.words["over"])

    # -- answering -----------------------------------------------------------------------------

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS[self.look.language]

    def page(
        self, request: Request, name: str, session: Session | None, status: int = 200, **facts: Any
    ) -> Response:
        """A page with what all of them show: the way to stop everything, and that it is stopped."""
        stopped = self.app().stopped() if session else None
        return self.look.console(
            name,
            status,
            root=root(request),
            session=session,
            proof=proof(self.key, session) if session else "",
            stopped=stopped,
            figures=self.figures,
            did=_known(request.query_params.get("did", ""), self.words),
            **facts,
        )

    def back(self, request: Request, to: str, did: str = "") -> Response:
        """On to a page, once something was done."""
        return RedirectResponse(f"{root(request)}{to}" + (f"?did={did}" if did else ""), 303)

    def note(self, request: Request, session: Session, act: str, **facts: Any) -> None:
        """Every act stands in the log: what, who, from where."""
        client = request.client.host if request.client else ""
        who = {"who": session.who, "session": session.id[:8], "client": client}
        log.info("an operator: %s", act, extra={**who, **facts})


def signed(session: Session, reason: str) -> str:
    """A reason with whoever gave it."""
    return f"{reason} ({session.who})".strip() if session.who else reason


def root(request: Request) -> str:
    """The way from this page to the console's own: the app may be reached under a path of its own."""
    return "../" * (request.url.path.count("/") - 2) or "./"


def _known(did: str, words: Mapping[str, str]) -> str:
    return words.get(f"did_{did}", "")
