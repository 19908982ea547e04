"""A template's files put together for the renderer's children."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from engine.compose import front_matter
from engine.compose.library import Library
from engine.errors import Problems, YoursToFix


@dataclass(frozen=True)
class Prepared:
    """What a child needs to know of a template, under a key that changes with any of its texts.

    `error` says why there is nothing to send.
    """

    key: str
    fields: dict[str, Any]
    error: str = ""


def prepare(library: Library, path: str) -> Prepared:
    """Reads the template and everything it brings along."""
    try:
        files = library.files(path)
    except YoursToFix as error:
        return Prepared("", {}, f"render_error: {error}")
    if path not in files:
        return Prepared("", {}, f"render_error: there is no template {path!r}")
    return _prepared(path, tuple(files.items()))


@lru_cache(maxsize=256)
def _prepared(path: str, files: tuple[tuple[str, str], ...]) -> Prepared:
    key = sha256(repr((path, files)).encode("utf-8", "surrogatepass")).hexdigest()
    texts = dict(files)
    if not path.endswith(".email.j2"):
        return Prepared(key, {"path": path, "channel": "sms", "files": texts})
    try:
        email = front_matter.read(texts[path], path)
    except Problems as error:
        first = error.problems[0]
        return Prepared(key, {}, f"render_error: {first.place}: {first.message}")
    fields: dict[str, Any] = {"path": path, "channel": "email", "files": texts | {path: email.body}}
    fields["subject"] = (email.subject.text, email.subject.line)
    if email.preheader:
        fields["preheader"] = (email.preheader.text, email.preheader.line)
    return Prepared(key, fields)
