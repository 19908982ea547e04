"""STOP and its kin: whether an SMS asks us to leave somebody alone, to go on, or who we are."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

from engine.text import fold

#: English, Persian, and what the footer of Iranian lines promises: «لغو۱۱».
STOP_WORDS = frozenset(
    {
        "stop", "stopall", "stop all", "quit", "end", "revoke", "optout", "opt out", "opt-out", "cancel",
        "unsubscribe", "لغو", "11", "لغو11", "لغو 11",
    }
)  # fmt: skip
#: What takes a STOP back. Carriers take a YES for one too; where nothing was stopped it changes nothing.
START_WORDS = frozenset({"start", "unstop", "yes", "شروع", "آغاز", "بله"})
HELP_WORDS = frozenset({"help", "info", "راهنما", "کمک"})


class Word(Enum):
    """What a whole message may be for us."""

    STOP = STOP_WORDS
    START = START_WORDS
    HELP = HELP_WORDS


def word(text: str) -> Word | None:
    """The kind of word that the whole message is, however it is written.

    Spaces around it, capitals, punctuation at its end and marks that nobody sees are ignored; digits
    and letters may be Persian or Arabic. A sentence that only holds such a word asks for a person.
    """
    seen = "".join(letter for letter in fold(text) if unicodedata.category(letter) != "Cf")
    words = re.sub(r"\s+", " ", seen).strip().casefold()
    while words and unicodedata.category(words[-1])[0] in "PSZ":
        words = words[:-1]
    return next((kind for kind in Word if words in kind.value), None)


def is_stop(text: str) -> bool:
    """Whether the whole message asks us to leave somebody alone."""
    return word(text) is Word.STOP
