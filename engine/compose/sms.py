"""How many SMS a text costs: GSM 03.38 in septets, else UCS-2 in 16-bit units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: These cost an escape and a septet, and the pair is never split over two parts.
_EXTENSION = frozenset("\f^{}\\[~]|€")
_NOT_GSM = re.compile(f"[^{re.escape(''.join(sorted(_BASIC | _EXTENSION)))}]")

#: Units in a message alone, and in each of several: a header of six bytes joins the parts.
_ROOM = {"gsm7": (160, 153), "ucs2": (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """The parts that a text is sent in, its encoding, and its length in units of that encoding."""

    parts: int
    encoding: Literal["gsm7", "ucs2"]
    units: int


def count(text: str) -> Segments:
    """What the text costs. A carriage return before a line feed counts; nothing is normalised."""
    if not is_plain(text):
        widths = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
        return _segments(widths, "ucs2")
    return _segments([2 if letter in _EXTENSION else 1 for letter in text], "gsm7")


def is_plain(text: str) -> bool:
    """Whether it is written in the plain alphabet alone."""
    return not _NOT_GSM.search(text)


def _segments(widths: list[int], encoding: Literal["gsm7", "ucs2"]) -> Segments:
    alone, joined = _ROOM[encoding]
    units = sum(widths)
    if units <= alone:
        return Segments(1 if units else 0, encoding, units)
    parts, used = 1, 0
    for width in widths:
        if used + width > joined:
            parts, used = parts + 1, 0
        used += width
    return Segments(parts, encoding, units)


def culprits(text: str) -> str:
    """The first characters that make a text UCS-2, each once: what a marketer may want to replace."""
    return "".join(dict.fromkeys(_NOT_GSM.findall(text)))[:10]


def with_opt_out(text: str, line: str) -> str:
    """The text and below it the line that tells how to opt out, unless the text says it already."""
    body = "\n".join(row.rstrip() for row in text.strip().splitlines())
    return body if not line or line in body else f"{body}\n{line}"
