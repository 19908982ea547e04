"""Words that were not meant to be sent: another program's blanks, and dummies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.compose.constructs import masked
from engine.compose.kinds import RECORDS
from engine.compose.page import Page
from engine.errors import Problem

_OWN = "|".join((*RECORDS, "offer", "event"))
_BLANK = re.compile(
    r"\*\|\w+\|\*|%%\w+%%|\[\[\s*\w+\s*\]\]|\$\{\s*\w+\s*\}|<%=?[^%]*%>|%[A-Z]+_?NAME%"
    r"|\[(?:first|last|full)[ _]?name\]|\{(?:first|last)_?name\}"
    rf"|\{{\s*(?:{_OWN})\.\w+[^{{}}\n]{{0,40}}\}}+",
    re.IGNORECASE,
)
_DUMMY = re.compile(r"\b(?i:lorem ipsum)\b|\bTODO\b|\bFIXME\b|\bXXX\b")


def problems(page: Page) -> Iterator[Problem]:
    """Each such piece where it stands."""
    for file in page.files.values():
        text = masked(file.source.text)
        for found in _BLANK.finditer(text):
            hint = "write {{ customer.first_name | default('...') }}, with two braces on each side"
            what = f"{found.group()!r} would be sent as it stands"
            yield Problem(file.source.place_at(found.start()), what, hint, "warning")
        for found in _DUMMY.finditer(text):
            what = f"{found.group()!r} would be sent"
            yield Problem(file.source.place_at(found.start()), what, "put the real words there", "warning")
