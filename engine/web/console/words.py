"""What the console says, in each language that it speaks, and what words it has for the ledger's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.cycle.life import words as plainly
from engine.web.console.english import ENGLISH
from engine.web.console.persian import LIFE, PERSIAN

WORDS: dict[str, dict[str, str]] = {"en": ENGLISH, "fa": PERSIAN}


def why(language: str, reason: str) -> str:
    """The ledger's reason in words; a provider's own as it was said."""
    return WORDS[language].get(f"why_{reason}", plainly(reason))


def happened(language: str, moment: Mapping[str, Any]) -> str:
    """A moment of a customer's life."""
    what = moment["what"]
    if what == "consent":
        what = "said_yes" if moment["text"].startswith("said yes") else "said_no"
    if language != "fa" or what not in LIFE:
        return str(moment["text"])
    about = "، ".join(filter(None, (moment["campaign"], WORDS[language].get(moment["channel"], ""))))
    return f"{LIFE[what]} ({about})" if about else LIFE[what]
