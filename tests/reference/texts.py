"""The form in which texts compare."""

from __future__ import annotations

import unicodedata

_LETTERS = {"\u064a": "\u06cc", "\u0643": "\u06a9", "\u200c": " ", "\u066b": ".", "\u066c": ","}
_DIGITS = {chr(zero + n): str(n) for zero in (0x0660, 0x06F0) for n in range(10)}
_NORMAL = str.maketrans(_LETTERS | _DIGITS)


def normal(text: str) -> str:
    """NFC, Persian ye and kaf, Latin digits, a space for a ZWNJ."""
    return unicodedata.normalize("NFC", text).translate(_NORMAL)
