"""Leading the clicks of a letter over our own page, and the picture that tells of an opening."""

from __future__ import annotations

import hashlib
import re
from html import escape, unescape
from typing import NamedTuple

from engine.compose.links import Links

#: The address of a link in a letter's HTML, between its quotes.
_HREF = re.compile(r"""(<a\b[^>]*?\shref\s*=\s*)(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)
_END = re.compile(r"</body\s*>", re.IGNORECASE)
#: Our own pages, which nobody should be led to in a roundabout way: leaving must work whatever happens.
_OURS = ("u", "p", "c", "l", "o")


class Tracked(NamedTuple):
    """The HTML as it goes out, and the addresses that its links stand for, by their ids."""

    html: str
    urls: dict[str, str]


def link_id(url: str) -> str:
    """The same address has the same id in every letter."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def tracked(html: str, links: Links, delivery_id: str, clicks: bool, opens: bool) -> Tracked:
    """The letter's HTML, changed as far as is asked for."""
    urls: dict[str, str] = {}
    ours = tuple(f"{links.public_url}/{one}/" for one in _OURS)

    def led(found: re.Match[str]) -> str:
        url = unescape(found[3]).strip()
        if not url.lower().startswith(("https://", "http://")) or url.startswith(ours):
            return found[0]
        named = link_id(url)
        urls[named] = url
        return f"{found[1]}{found[2]}{escape(links.link(delivery_id, named))}{found[2]}"

    if clicks:
        html = _HREF.sub(led, html)
    if opens:
        html = _with_picture(html, links.opened(delivery_id))
    return Tracked(html, urls)


def _with_picture(html: str, url: str) -> str:
    picture = f'<img src="{escape(url)}" width="1" height="1" alt="" style="display:block">'
    ends = [found.start() for found in _END.finditer(html)]
    at = ends[-1] if ends else len(html)
    return html[:at] + picture + html[at:]
