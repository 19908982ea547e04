"""Signed links and the headers that let people leave with one click (RFC 2369, RFC 8058)."""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from urllib.parse import quote

from itsdangerous import BadSignature, Signer
from sqlalchemy import Connection

from engine.store.facts import remember
from engine.text import single_line

#: The fact that holds the key. Links must live as long as the letters that carry them, so it never changes.
SIGNING_KEY = "signing_key"
#: What sets a token for one purpose apart from all others; no delivery's id holds such a sign.
_YES, _OF = "yes~", "~"


def signing_key(connection: Connection) -> str:
    """This installation's key, made the first time that it is asked for."""
    return remember(connection, SIGNING_KEY, lambda: secrets.token_urlsafe(48))


class Links:
    """Addresses of the pages behind a letter. A token names the delivery and nothing about the person."""

    def __init__(self, public_url: str, signing_key: str) -> None:
        self.public_url = public_url.rstrip("/")
        salted = Signer(signing_key, salt="rekindle.letter", digest_method=hashlib.sha256).derive_key()
        self._signer = Signer(salted, key_derivation="none", digest_method=hashlib.sha256)

    def token(self, delivery_id: str) -> str:
        """The delivery's id and its signature."""
        return self._signer.sign(delivery_id).decode("ascii")

    def read(self, token: str) -> str | None:
        """The delivery that the token was made for; None for anything that we did not sign."""
        try:
            return self._signer.unsign(token).decode("utf-8")
        except (BadSignature, UnicodeError):
            return None

    def confirm(self, delivery_id: str) -> str:
        """Where the reader of this letter says yes to its channel: the second half of a double opt-in."""
        return f"{self.public_url}/c/{self.token(_YES + delivery_id)}"

    def read_confirm(self, token: str) -> str | None:
        """The delivery of a letter that asks for a yes; no other link of a letter gives one."""
        named = self.read(token) or ""
        return named.removeprefix(_YES) if named.startswith(_YES) else None

    def link(self, delivery_id: str, link_id: str) -> str:
        """A link of the letter, which leads to where the store says: no address stands in it."""
        return f"{self.public_url}/l/{self.token(f'{delivery_id}{_OF}{link_id}')}"

    def read_link(self, token: str) -> tuple[str, str] | None:
        """The delivery and the id of the link."""
        delivery_id, of, link_id = (self.read(token) or "").partition(_OF)
        return (delivery_id, link_id) if of else None

    def opened(self, delivery_id: str) -> str:
        """A picture that nobody sees, and that many programs fetch before anybody has read a word."""
        return f"{self.public_url}/o/{self.token(delivery_id)}.gif"

    def unsubscribe(self, delivery_id: str) -> str:
        """The page (GET) and the act (POST) of leaving."""
        return f"{self.public_url}/u/{self.token(delivery_id)}"

    def preferences(self, delivery_id: str) -> str:
        """The page where people choose what they receive."""
        return f"{self.public_url}/p/{self.token(delivery_id)}"

    def all(self, delivery_id: str) -> dict[str, str]:
        """What templates know as `links`."""
        token = self.token(delivery_id)
        return {
            "unsubscribe": f"{self.public_url}/u/{token}",
            "preferences": f"{self.public_url}/p/{token}",
            "confirm": self.confirm(delivery_id),
            "shop": self.public_url,
        }

    def headers(self, unsubscribe: str, sender: str = "") -> tuple[tuple[str, str], ...]:
        """`List-Unsubscribe` for that link, by https and, if there is a sender, by mail; and its -Post."""
        listed = f"<{unsubscribe}>"
        address = _address(sender)
        if address:
            listed += f", <mailto:{address}?subject=unsubscribe%20{unsubscribe.rsplit('/', 1)[-1]}>"
        if not unsubscribe.startswith("https://"):
            return (("List-Unsubscribe", listed),)  # one-click is defined for https only
        return ("List-Unsubscribe", listed), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


@lru_cache(maxsize=16)
def _address(sender: str) -> str:
    """`hello@example.com` of `The Shop <hello@example.com>`, as it stands in a `mailto:`."""
    inner = single_line(sender).strip()
    if inner.endswith(">") and "<" in inner:
        inner = inner[inner.rindex("<") + 1 : -1]
    return quote(inner, safe="@+") if "@" in inner and " " not in inner else ""
