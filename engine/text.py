"""How texts compare: Persian and Arabic letters and digits, and the nearest known word."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

_FOLDED = str.maketrans(
    {
        "ي": "ی",
        "ك": "ک",
        "\u200c": " ",
        "٫": ".",
        "٬": ",",
        **{chr(0x06F0 + n): str(n) for n in range(10)},
        **{chr(0x0660 + n): str(n) for n in range(10)},
    }
)
_DIGITS = str.maketrans({code: chr(0x30 + n) for n in range(10) for code in (0x06F0 + n, 0x0660 + n)})
_PERSIAN_DIGITS = str.maketrans({str(n): chr(0x06F0 + n) for n in range(10)})
#: NUL and the other C0 controls but tab; CR and LF must never reach a mail header.
_CONTROLS = {code: None for code in range(32) if code != 9} | {127: None}


def fold(text: str) -> str:
    """The form in which texts are compared; never shown to anybody.

    Unicode NFC, Arabic ye and kaf as the Persian ones, Persian and Arabic digits as Latin, the
    zero-width non-joiner as a space, one for one.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text).translate(_FOLDED)


def latin_digits(text: str) -> str:
    """The text with Persian and Arabic digits as Latin ones."""
    return text if text.isascii() else text.translate(_DIGITS)


def persian_digits(text: str) -> str:
    """The text with Latin digits as Persian ones."""
    return text.translate(_PERSIAN_DIGITS)


def single_line(text: str) -> str:
    """The text without control characters: what may stand in a header, a log or a table."""
    return text.translate(_CONTROLS)


#: What stands between marks already, and runs from right to left, whatever stands within them.
_RUNS = re.compile("i(?:[^ie]|i[^ie]*e)*e|(?P<run>r[^lie]*r|r)")
_STRONG = {"L": "l", "R": "r", "AL": "r", "FSI": "i", "LRI": "i", "RLI": "i", "PDI": "e"}


def in_place(sentence: str) -> str:
    """A sentence in which each run of right-to-left text stays where it stands, in a terminal too."""
    if sentence.isascii():
        return sentence
    kinds = "".join(_STRONG.get(unicodedata.bidirectional(letter), ".") for letter in sentence)
    pieces, end = list[str](), 0
    for found in _RUNS.finditer(kinds):
        if found["run"]:
            run = sentence[found.start() : found.end()]
            pieces += [sentence[end : found.start()], f"\u2068{run}\u2069"]
            end = found.end()
    return "".join([*pieces, sentence[end:]])


def isolated(text: str) -> str:
    """Text with right-to-left letters between marks that keep it from moving what stands beside it."""
    if text.isascii():
        return text
    rtl = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    return f"\u2068{text}\u2069" if rtl else text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None when nothing comes near."""
    words = list(known)
    close = difflib.get_close_matches(word.lower(), [w.lower() for w in words], n=1, cutoff=0.6)
    return next((w for w in words if w.lower() == close[0]), None) if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The hint that goes with an unknown word: the nearest one, else all of them."""
    words = sorted(known)
    near = nearest(word, words)
    if near:
        return f"did you mean {near!r}?"
    return f"known: {', '.join(words)}" if words else ""
