"""Who is let in: a password, a signed cookie that ends, and patience with those who guess."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from itsdangerous import BadSignature, URLSafeSerializer

from engine.text import single_line

COOKIE = "rekindle_console"
#: A session is over after so long, whatever is done in it.
LASTS = timedelta(hours=12)
#: So many wrong passwords are forgiven; then each one doubles the wait, up to the longest.
FORGIVEN, LONGEST = 3, timedelta(minutes=1)
#: What is remembered of clients and of ended sessions; the oldest goes first.
_KEPT = 1000
_NAME = 60


@dataclass(frozen=True)
class Session:
    """One signing in. `who` is the name that they gave, for the log and for their colleagues."""

    id: str
    who: str
    until: datetime


class Tries:
    """Wrong passwords by client, in this process: each one more makes the next wait longer."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def wait(self, client: str, now: datetime) -> timedelta:
        """How long the client has to wait before it may try again."""
        count, last = self._wrong.get(client, (0, now))
        if count < FORGIVEN:
            return timedelta(0)
        pause = min(timedelta(seconds=2.0 ** min(count - FORGIVEN, 20)), LONGEST)
        return max(last + pause - now, timedelta(0))

    def wrong(self, client: str, now: datetime) -> None:
        count, _ = self._wrong.pop(client, (0, now))
        self._wrong[client] = (count + 1, now)
        while len(self._wrong) > _KEPT:
            self._wrong.popitem(last=False)

    def right(self, client: str) -> None:
        self._wrong.pop(client, None)


class Porter:
    """Signs people in and out. What it signs with changes with the password: that ends every session."""

    def __init__(self) -> None:
        self._tries, self._lock = Tries(), Lock()
        self._ended: OrderedDict[str, None] = OrderedDict()

    def sign_in(self, password: str, given: str, client: str, now: datetime) -> tuple[bool, timedelta]:
        """Whether it is the password, and how long to wait before one is looked at again."""
        with self._lock:  # guesses side by side are guesses one after the other
            wait = self._tries.wait(client, now)
            if wait:
                return False, wait
            if not _same(password, given):
                self._tries.wrong(client, now)
                return False, self._tries.wait(client, now)
            self._tries.right(client)
            return True, timedelta(0)

    def begin(self, who: str, now: datetime) -> Session:
        """A new session."""
        return Session(secrets.token_urlsafe(16), single_line(" ".join(who.split()))[:_NAME], now + LASTS)

    def cookie(self, key: str, session: Session) -> str:
        """The session, signed."""
        return _signer(key).dumps([session.id, session.who, int(session.until.timestamp())])

    def session(self, key: str, cookie: str, now: datetime) -> Session | None:
        """Whose cookie it is; None for one that we did not sign, that is over or that was ended."""
        try:
            name, who, until = _signer(key).loads(cookie)
            found = Session(name, who, datetime.fromtimestamp(until, now.tzinfo))
        except (BadSignature, ValueError, TypeError):
            return None
        return found if now < found.until and found.id not in self._ended else None

    def end(self, session: Session) -> None:
        self._ended[session.id] = None
        while len(self._ended) > _KEPT:
            self._ended.popitem(last=False)


def proof(key: str, session: Session) -> str:
    """What every form of the session carries, and no other page can know."""
    return hmac.new(key.encode(), f"form|{session.id}".encode(), hashlib.sha256).hexdigest()


def holds(key: str, session: Session, given: str) -> bool:
    return hmac.compare_digest(proof(key, session).encode(), given.encode("utf-8", "replace"))


def _signer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="rekindle.console", signer_kwargs={"digest_method": hashlib.sha256})


def _same(password: str, given: str) -> bool:
    """Digests are of one length, so that the time says nothing, not even how long the password is."""
    one, other = (hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (password, given))
    return hmac.compare_digest(one, other)
