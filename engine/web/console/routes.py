"""The console, put together."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import APIRouter

from engine.app import App
from engine.web.console import acts, door, views
from engine.web.console.desk import PASSWORD, Desk
from engine.web.look import Look

log = logging.getLogger("rekindle.console")
_GUESSED = 12


def routes(app: Callable[[], App], look: Look) -> APIRouter:
    router, desk = APIRouter(), Desk(app, look)
    for part in (door, views, acts):
        part.routes(router, desk)
    return router


def tell(app: App) -> None:
    """One sentence for the log: whether there is a console."""
    password = app.settings.secret(PASSWORD)
    if not password:
        log.info("there is no console: CONSOLE_PASSWORD is not set")
    elif len(password) < _GUESSED:
        log.warning("the console is at /console/; CONSOLE_PASSWORD is short: take twelve signs or more")
    else:
        log.info("the console is at /console/")
