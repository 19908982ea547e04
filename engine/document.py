"""YAML files as plain values that remember where each of them stood.

Strict on purpose: no aliases, tags or second documents, no duplicate keys, nothing that YAML would
quietly turn into something else. Every fault is a Problem with its line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from engine.errors import Place, Problem, Problems
from engine.yaml_faults import one_line, syntax, unreadable

MAX_BYTES = 256 * 1024
MAX_NODES = 10_000
MAX_DEPTH = 20
MAX_LINE = 20_000
#: So many faults of one file are told; one more says nothing new.
MAX_FAULTS = 50
#: So many open brackets are refused before the parser sees them: its time grows with their square.
_MAX_OPEN = 200

Path_ = tuple[str | int, ...]

_QUOTE = "write the value out, or put it in quotes if it is a text"
#: No store keeps NUL, and half a character cannot be written to a file.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ODD_BLANK = re.compile("[\u00a0\u2007\u200b\u202f\ufeff]")
_CURLY = re.compile("[“”„‘’].*[“”‘’]\\Z", re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_TOO_DEEP = f"is nested deeper than {MAX_DEPTH} levels"
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+\Z")
_SURPRISES = (
    (re.compile(r"[-+]?0[0-9_]+\Z"), "would be read as a number and lose its leading zero"),
    (re.compile(r"[-+]?\.(inf|nan)\Z", re.IGNORECASE), "is not a number that can be compared"),
    (re.compile(r"0[xo][0-9a-f]+\Z", re.IGNORECASE), "is read as a number in another base"),
    (re.compile(r"[-+]?[0-9.]+e[-+]?[0-9]+\Z", re.IGNORECASE), "is read as a power of ten"),
)


@dataclass(frozen=True)
class Document:
    """A file's content as dicts, lists, text, numbers, true/false and None, with its places."""

    file: str
    value: Any
    places: dict[Path_, Place]
    keys: dict[Path_, Place]

    def place(self, path: Path_) -> Place:
        """Where the value at that path stands, or the nearest enclosing one."""
        return self._nearest(self.places, path)

    def word_place(self, path: Path_, word: str) -> Place:
        """Where that word stands at the path or below it; where the path does, if it is not there."""
        for below, place in self.places.items():
            if below[: len(path)] == path and str(self._value(below)) == word:
                return place
        return self.place(path)

    def _value(self, path: Path_) -> Any:
        value = self.value
        for step in path:
            value = value[step]
        return value

    def key_place(self, path: Path_) -> Place:
        """Where the key that leads to that path stands."""
        return self._nearest(self.keys | {(): self.place(())}, path)

    def _nearest(self, places: dict[Path_, Place], path: Path_) -> Place:
        while path and path not in places:
            path = path[:-1]
        return places.get(path, Place(self.file))


def read(path: Path, name: str | None = None) -> Document:
    """Reads one YAML file. `name` is how problems call it. Raises Problems."""
    name = name or str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Problems([Problem(Place(name), f"cannot be read: {error.strerror}")]) from None
    try:
        return parse(raw.decode("utf-8-sig"), name)
    except UnicodeDecodeError:
        raise Problems([Problem(Place(name), "is not UTF-8 text", "save it as UTF-8")]) from None


def parse(text: str, file: str) -> Document:
    """Reads YAML text. Raises Problems."""
    if len(text) > MAX_BYTES:
        raise Problems([Problem(Place(file), f"is larger than {MAX_BYTES // 1024} KiB")])
    _refuse_long_lines(text, file)
    _refuse_towers(text, file)
    try:
        return _Builder(file).build(YAML(pure=True).parse(text))
    except MarkedYAMLError as error:
        raise Problems([syntax(error, text, file)]) from None
    except ReaderError as error:
        raise Problems([unreadable(error, text, file)]) from None
    except (YAMLError, ValueError) as error:
        raise Problems([Problem(Place(file), f"is not YAML: {one_line(error)}")]) from None


def _refuse_long_lines(text: str, file: str) -> None:
    """Raises Problems for a line that nobody reads, and that the parser takes its time over."""
    for number, line in enumerate(text.split("\n") if len(text) > MAX_LINE else (), 1):
        if len(line) > MAX_LINE:
            told = f"this line is longer than {MAX_LINE:,} letters"
            raise Problems([Problem(Place(file, number), told, "break it up")])


def _refuse_towers(text: str, file: str) -> None:
    """Raises Problems for brackets within brackets that nobody writes by hand."""
    if text.count("[") + text.count("{") <= _MAX_OPEN:
        return
    open_: list[int] = []
    for bracket in _BRACKET.finditer(text):
        if bracket.group() in "[{":
            open_.append(bracket.start())
        elif open_:
            open_.pop()
        if len(open_) > _MAX_OPEN:
            before = text[: open_[MAX_DEPTH]].split("\n")
            place = Place(file, len(before), len(before[-1]) + 1)
            raise Problems([Problem(place, _TOO_DEEP)])


@dataclass
class _Open:
    """A mapping or sequence that is still being read."""

    value: dict[str, Any] | list[Any]
    path: Path_
    key: str | None = None


@dataclass
class _Builder:
    """Turns parser events into a Document without recursion, so that depth is bounded by us."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    places: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    result: Any = None
    documents: int = 0

    def build(self, events: Iterator[Event]) -> Document:
        for count, event in enumerate(events):
            if count > 2 * MAX_NODES:
                self._refuse(event, f"holds more than {MAX_NODES:,} values")
            self._take(event)
        if self.problems:
            raise Problems(self.problems)
        return Document(self.file, self.result, self.places, self.keys)

    def _take(self, event: Event) -> None:
        if isinstance(event, AliasEvent):
            self._refuse(event, "an alias (*name) is not allowed here", _QUOTE)
        if getattr(event, "anchor", None):
            self._refuse(event, "an anchor (&name) is not allowed here", _QUOTE)
        if _tagged(event):
            self._refuse(event, "a tag (!name) is not allowed here", _QUOTE)
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._refuse(event, "a second document starts here", "put it into a file of its own")
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self.stack.pop()
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self._start(event, {} if isinstance(event, MappingStartEvent) else [])
        elif isinstance(event, ScalarEvent):
            self._scalar(event)

    def _start(self, event: Event, value: dict[str, Any] | list[Any]) -> None:
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            self._refuse(event, "a key must be a plain word")
        if len(self.stack) >= MAX_DEPTH:
            self._refuse(event, _TOO_DEEP)
        self.stack.append(_Open(value, self._put(event, value)))

    def _scalar(self, event: ScalarEvent) -> None:
        unfit = _UNFIT.search(event.value)
        if unfit:
            self._refuse(event, f"the character U+{ord(unfit[0]):04X} cannot stand in a text")
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(event, top)
        else:
            self._put(event, self._resolve(event))

    def _key(self, event: ScalarEvent, top: _Open) -> None:
        odd = _ODD_BLANK.match(event.value)
        if odd:
            self._refuse(
                event, f"the blank U+{ord(odd[0]):04X} before this word is no ordinary one", "type it again"
            )
        key, path = str(event.value), (*top.path, str(event.value))
        if key == "<<":
            self._refuse(event, "a merge key (<<) is not allowed here", "write the values out")
        if path in self.keys:
            self._note(event, f"{key!r} stands here twice", f"first on line {self.keys[path].line}")
            key = f"{key} again"  # so that what stands below it is no second fault
        self.keys.setdefault(path, self._place(event))
        top.key = key

    def _put(self, event: Event, value: Any) -> Path_:
        if not self.stack:
            self.result = value
        path = self._into(self.stack[-1], value) if self.stack else ()
        empty = value is None and event.start_mark.index == event.end_mark.index
        self.places[path] = self.keys.get(path, self._place(event)) if empty else self._place(event)
        return path

    def _into(self, top: _Open, value: Any) -> Path_:
        if isinstance(top.value, list):
            top.value.append(value)
            return (*top.path, len(top.value) - 1)
        key, top.key = str(top.key), None
        top.value.setdefault(key, value)
        return (*top.path, key)

    def _resolve(self, event: ScalarEvent) -> Any:
        text = event.value
        if event.style is not None:
            return text
        if _CURLY.match(text):
            self._note(
                event,
                f"{text[:60]} has curly quotes, which are letters here",
                "type them straight, as ' or \"",
            )
        if text in ("", "~", "null", "Null", "NULL"):
            return None
        if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
            return text.lower() == "true"
        for form, why in _SURPRISES:
            if form.match(text):
                self._note(event, f"{text} {why}", f"write it out, or in quotes, '{text}', if it is a text")
                return text
        if _INT.match(text):
            return int(text) if len(text) < 20 else text
        return float(text) if _FLOAT.match(text) else text

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _note(self, event: Event, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self._place(event), message, hint))
        if len(self.problems) >= MAX_FAULTS:
            raise Problems(self.problems)

    def _refuse(self, event: Event, message: str, hint: str = "") -> None:
        self._note(event, message, hint)
        raise Problems(self.problems)


def _tagged(event: Event) -> bool:
    return str(getattr(event, "ctag", None)) not in ("None", "")
