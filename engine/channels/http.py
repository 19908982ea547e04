"""One persistent HTTP line, which knows whether the first byte of a request has left.

The providers' SDKs bring wires of their own that cannot say so: this one takes their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from engine.channels.channel import OnWire, discreet
from engine.vocabulary import Receipt, Verdict

#: However long a provider asks us to wait, it is asked again after this.
_LONGEST_PAUSE = timedelta(hours=1)
_SHORTEST_PAUSE = timedelta(seconds=1)


class _Note:
    """Calls `on_wire` once, before the first byte."""

    def __init__(self, on_wire: Callable[[], None]) -> None:
        self._on_wire, self.begun = on_wire, False

    def __call__(self) -> None:
        if not self.begun:
            self._on_wire()
            self.begun = True


_note: ContextVar[_Note] = ContextVar("note")


class _Noting:
    """A connection that notes when it begins to write."""

    sock: Any
    connect: Callable[[], None]

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _note.get()()
        super().send(data)  # type: ignore[misc]


class _Plain(_Noting, HTTPConnection):
    pass


class _Secure(_Noting, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(HTTPAdapter):
    """Connections that note, and nothing that is tried again behind our back."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers (looked up in any case), the body's text."""

    status: int
    headers: Mapping[str, str]
    text: str


class Broken(Exception):
    """There was no answer; the receipt says whether the request may have been heard all the same."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.detail)
        self.receipt = receipt


class Wire:
    """A session with one server. It follows no redirect, tries nothing twice, and has a timeout for all."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(pool_connections=1, pool_maxsize=1, max_retries=0))

    def ask(self, method: str, url: str, on_wire: OnWire = lambda: None, **request: Any) -> Answer:
        """The answer to one request. Raises Broken, and whatever `on_wire` raises."""
        note = _Note(on_wire)
        token = _note.set(note)
        try:
            said = self._session.request(method, url, timeout=self._timeout, allow_redirects=False, **request)
            return Answer(said.status_code, said.headers, said.text)
        except (requests.RequestException, OSError, UnicodeError) as error:
            raise Broken(_broken(error, note.begun)) from None
        finally:
            _note.reset(token)

    def close(self) -> None:
        self._session.close()


def _broken(error: Exception, begun: bool) -> Receipt:
    """Nothing was written: the server cannot be reached. Otherwise nobody can know."""
    what = discreet(type(error).__name__)
    if begun:
        return Receipt(Verdict.UNKNOWN, code="lost", detail=f"answer_lost: {what}")
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema | UnicodeError):
        return Receipt(Verdict.HALT, code="url", detail="the provider's address is not a URL")
    return Receipt(Verdict.LATER, code="unreachable", detail=what, channel_wide=True)


def slow_down(answer: Answer, now: datetime) -> Receipt:
    """The whole channel is asked to wait (429): until when it says, and no longer than an hour."""
    return Receipt(
        Verdict.LATER,
        code=str(answer.status),
        detail="slow_down",
        until=pause(answer, now),
        channel_wide=True,
    )


def pause(answer: Answer, now: datetime) -> datetime:
    """When to ask again: `Retry-After` (seconds, or an HTTP date), or `X-RateLimit-Reset` (epoch seconds)."""
    asked = _retry_after(answer.headers.get("Retry-After", ""), now)
    if asked is None:
        asked = _epoch(answer.headers.get("X-RateLimit-Reset", ""))
    if asked is None:
        return now + timedelta(minutes=1)
    return min(max(asked, now + _SHORTEST_PAUSE), now + _LONGEST_PAUSE)


def _retry_after(text: str, now: datetime) -> datetime | None:
    if text.strip().isdecimal():
        return now + min(timedelta(seconds=int(text[:9])), _LONGEST_PAUSE)
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _epoch(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
