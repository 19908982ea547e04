"""`REKINDLE_SECTION__KEY` variables laid over a YAML document; each fault names its variable."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from engine.document import Document, Path_
from engine.errors import Place, Problem, Problems
from engine.text import did_you_mean, nearest

PREFIX = "REKINDLE_"
SEPARATOR = "__"
#: Read elsewhere, and no settings.
OTHERS = (
    "REKINDLE_CONFIG",
    "REKINDLE_NOW",
    "REKINDLE_LOG_FORMAT",
    "REKINDLE_LOG_LEVEL",
    "REKINDLE_SECRETS_DIR",
)


def place(variable: str) -> Place:
    """A variable has no lines."""
    return Place(variable, 0, 0)


def overlay(written: Document, environment: Mapping[str, str], sections: Collection[str]) -> Document:
    """The document with every variable's value in its place. Raises Problems.

    Names that only begin alike (REKINDLE_PORT_8080_TCP, which Kubernetes sets) are somebody else's.
    """
    problems: list[Problem] = []
    for name, text in sorted(environment.items()):
        if not name.startswith(PREFIX):
            continue
        path = tuple(name.removeprefix(PREFIX).lower().split(SEPARATOR))
        wrong = _wrong(name, path, sections)
        if wrong is not None:
            problems.append(wrong)
        elif path[0] in sections:
            try:
                written = _put(written, path, _value(name, text), place(name))
            except Problems as found:
                problems += found.problems
    if problems:
        raise Problems(problems)
    return written


def _wrong(name: str, path: Path_, sections: Collection[str]) -> Problem | None:
    first = str(path[0])
    if name in OTHERS:
        return None
    if len(path) == 1:
        near = next((section for section in sections if first.startswith(f"{section}_")), None)
        if first in sections or near is None:
            return None
        meant = f"{PREFIX}{near}{SEPARATOR}{first.removeprefix(near).strip('_')}".upper()
        return Problem(place(name), "two underscores stand between section and key", f"did you mean {meant}?")
    if first not in sections:
        near = nearest(first, sections)
        meant = SEPARATOR.join((near, *map(str, path[1:]))).upper() if near else ""
        hint = f"did you mean {PREFIX}{meant}?" if near else did_you_mean(first, sections)
        return Problem(place(name), f"unknown section {first!r}", hint)
    return None if all(path) else Problem(place(name), "the name of a key is missing")


def _value(name: str, text: str) -> Any:
    """Lists and mappings are JSON, everything else is the text."""
    if text[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        told = f"is not valid JSON: {error.msg} at character {error.pos + 1}"
    except RecursionError:
        told = "is nested too deep"
    raise Problems([Problem(place(name), told)])


def _put(written: Document, path: Path_, value: Any, where: Place) -> Document:
    """A new document with that value; what stood below it in the file has no place any more."""
    places = {at: found for at, found in written.places.items() if at[: len(path)] != path}
    keys = {at: found for at, found in written.keys.items() if at[: len(path)] != path}
    whole = _set(written.value, path, value)
    return Document(written.file, whole, places | {path: where}, keys | {path: where})


def _set(into: Any, path: Path_, value: Any) -> dict[str, Any]:
    copy = dict(into) if isinstance(into, dict) else {}
    key = str(path[0])
    copy[key] = _set(copy.get(key), path[1:], value) if len(path) > 1 else value
    return copy
