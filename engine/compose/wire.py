"""What passes between the renderer and its children.

To a child: plain data in Python's own quick form, which only the parent writes. From a child, which
runs what marketers wrote: five texts with their lengths and nothing that needs to be believed.
"""

from __future__ import annotations

import marshal
import mmap
import struct
from typing import Any

from engine.vocabulary import Rendered

_LENGTH = struct.Struct(">I")
_COUNT = struct.Struct("=Q")
#: flags, segments, and the lengths of subject, html, text, error and preheader in bytes
_ANSWER = struct.Struct(">BIIIIII")
#: The child ends after this answer; what it has not answered is not to blame.
LEAVING = 1
MAX_ANSWER = 8 * 1024 * 1024


class Garbled(Exception):
    """A child answered something that no child of ours says."""


def packed(request: Any) -> bytes:
    """A request for a child. Raises ValueError when it holds more than plain data."""
    body = marshal.dumps(request)
    return _LENGTH.pack(len(body)) + body


def read_request(source: Any) -> Any:
    """The next request from a blocking file; None when the parent has gone."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    body = source.read(_LENGTH.unpack(head)[0])
    return marshal.loads(body) if body else None


def answer(rendered: Rendered, flags: int = 0) -> bytes:
    """A child's answer. Raises UnicodeEncodeError for a text that cannot be sent."""
    parts = (rendered.subject, rendered.html, rendered.text, rendered.error, rendered.preheader)
    texts = [one.encode() for one in parts]
    return b"".join([_ANSWER.pack(flags, rendered.segments, *map(len, texts)), *texts])


def take_answers(received: bytearray) -> list[tuple[Rendered, int]]:
    """Takes the whole answers off the front, each with its flags."""
    found: list[tuple[Rendered, int]] = []
    at = 0
    while len(received) - at >= _ANSWER.size:
        flags, segments, *lengths = _ANSWER.unpack_from(received, at)
        if sum(lengths) > MAX_ANSWER:
            raise Garbled
        if len(received) - at - _ANSWER.size < sum(lengths):
            break
        at += _ANSWER.size
        texts = []
        for length in lengths:
            texts.append(_decoded(received[at : at + length]) if length else "")
            at += length
        subject, html, text, error, preheader = texts
        found.append((Rendered(subject, html, text, error, segments, preheader), flags))
    del received[:at]
    return found


def _decoded(raw: bytearray) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Garbled from None


class Progress:
    """How many letters a child has begun, in memory that both see and that outlives the child.

    Answers travel in groups; when a child is lost, this tells which letter was in its hand.
    """

    def __init__(self, file: int) -> None:
        self._memory = mmap.mmap(file, _COUNT.size)

    @property
    def begun(self) -> int:
        return int(_COUNT.unpack_from(self._memory)[0])

    @begun.setter
    def begun(self, count: int) -> None:
        _COUNT.pack_into(self._memory, 0, count)

    def close(self) -> None:
        self._memory.close()
