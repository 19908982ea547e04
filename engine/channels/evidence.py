"""What a carrier can be asked about messages of which nobody knows whether it has them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message that may have been taken between `begun` and `ended`, and how to know it again.

    `imprint` is its text's, see there.
    """

    token: str
    to: str
    imprint: str
    begun: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The message of that attempt as the carrier lists it; `status` and `code` are the carrier's words."""

    token: str
    provider_id: str
    status: str = ""
    code: str = ""


class CannotAsk(Exception):
    """The carrier did not answer, or not to us: ask no more for now. The text says why, without addresses."""


def imprint(text: str) -> str:
    """What tells one text from another, and does not tell the text. Spaces count as one."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()[:32]
