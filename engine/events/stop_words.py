"""STOP and its kin: whether an SMS asks us to leave somebody alone."""

from __future__ import annotations

import re
import unicodedata

from engine.text import fold

#: English, Persian, and what the footer of Iranian lines promises: «لغو۱۱».
STOP_WORDS = frozenset(
    {
        "stop", "stopall", "stop all", "quit", "end", "revoke", "optout", "opt out", "opt-out", "cancel",
        "unsubscribe", "لغو", "11", "لغو11", "لغو 11",
    }
)  # fmt: skip


def is_stop(text: str) -> bool:
    """Whether the whole message is one of the words, however it is written.

    Spaces around it, capitals, punctuation at its end and marks that nobody sees are ignored; digits
    and letters may be Persian or Arabic. A sentence that only holds such a word asks for a person.
    """
    seen = "".join(letter for letter in fold(text) if unicodedata.category(letter) != "Cf")
    words = re.sub(r"\s+", " ", seen).strip().casefold()
    while words and unicodedata.category(words[-1])[0] in "PSZ":
        words = words[:-1]
    return words in STOP_WORDS
