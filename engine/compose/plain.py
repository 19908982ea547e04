"""HTML as the plain text that goes beside it, with the addresses of its links."""

from __future__ import annotations

import re

from inscriptis import get_text
from inscriptis.model.config import ParserConfig

_LINK = re.compile(r"\[([^\[\]]*)\]\((\S*?)\)")
_CONFIG = ParserConfig(display_links=True)


def plain_text(html: str) -> str:
    """Paragraphs, lists and tables as text; a link as its words and its address."""
    lines = (line.rstrip() for line in get_text(html, _CONFIG).splitlines())
    return re.sub(r"\n{3,}", "\n\n", _LINK.sub(_link, "\n".join(lines))).strip()


def _link(found: re.Match[str]) -> str:
    words, address = found.group(1).strip(), found.group(2)
    if not words or words == address or f"mailto:{words}" == address:
        return address.removeprefix("mailto:")
    return f"{words} ({address})"
