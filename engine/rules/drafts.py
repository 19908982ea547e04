"""One rule file on its way to a rule: what could be read of it, and everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine import document
from engine.document import Document, Path_
from engine.errors import Place, Problem, Problems
from engine.rules import occasions, steps
from engine.rules.campaign import Campaign, Segment
from engine.rules.condition import Condition, Reading, parse
from engine.rules.offer import Offer
from engine.rules.rule import Rule
from engine.rules.steps import MessageStep
from engine.shape import validate
from engine.text import did_you_mean

KINDS: dict[str, type[Rule]] = {"campaign": Campaign, "segment": Segment, "offer": Offer}
#: Keys of docs/rules.md that are still to come, each with the value that already holds.
LATER_KEYS = {
    "trigger": ("this version starts campaigns by their `schedule`", None),
    "goal": ("this version sends one message and does not follow what comes of it", None),
    "exit": ("this version sends one message, so there is nothing to leave", None),
    "newcomers_only": ("this version looks at everybody who matches", False),
    "per": ("this version enrolls each customer once, not each subscription, order or event", "customer"),
}
_BEGIN = "begin with `campaign:`, `segment:` or `offer:`"
_NAME = re.compile(r"^(segment|campaign|offer)[ ]*:[ ]*['\"]?([a-z0-9-]+)", re.MULTILINE)
Reader = Callable[[Document, Path_, Reading], Any]


@dataclass
class Draft:
    """One file. `kind` and `name` are known even where the rest is not, if that can be guessed."""

    file: str
    source: str = ""
    kind: str = ""
    name: str = ""
    document: Document | None = None
    rule: Rule | None = None
    condition: Condition | None = None
    steps: tuple[MessageStep, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return self.rule is not None and not self.faults

    @property
    def faults(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.level == "error"]

    @property
    def place(self) -> Place:
        """Where its name stands."""
        return self.document.place((self.kind,)) if self.document else Place(self.file)

    def uses(self) -> Iterator[tuple[str, Place]]:
        """The segments that it names, each with its place."""
        return self._names(lambda part: part.references())

    def asks_of(self) -> Iterator[tuple[str, Place]]:
        """The campaigns that its conditions name, each with its place."""
        return self._names(lambda part: part.campaigns(), "campaign")

    def promises(self) -> Iterator[tuple[str, Place]]:
        """The offers that its messages promise, each with its place."""
        for number, step in enumerate(self.steps):
            if step.offer and self.document is not None:
                yield step.offer, self.document.place(("steps", number, "offer"))

    def asks_of_offers(self) -> Iterator[tuple[str, Place]]:
        """The offers that its conditions name, each with its place."""
        return self._names(lambda part: part.offers(), "offer")

    def _names(self, of: Callable[[Condition], set[str]], *below: str) -> Iterator[tuple[str, Place]]:
        if self.condition is None or self.document is None:
            return
        for path, part in self.condition.walk(("audience",)):
            for name in () if part.inner else sorted(of(part)):
                yield name, self.document.place((*path, *below))


def draft(path: Path, file: str, reading: Reading) -> Draft:
    """Reads one file; whatever is wrong with it is in the draft's problems."""
    try:
        source = path.read_text("utf-8-sig", errors="replace")
    except OSError:
        source = ""  # document.read says why
    return _made(Draft(file, source), lambda: document.read(path, file), reading)


def draft_of(source: str, file: str, reading: Reading) -> Draft:
    """Reads a rule from its text, such as a version that was kept; `file` is how problems call it."""
    return _made(Draft(file, source), lambda: document.parse(source, file), reading)


def _made(made: Draft, opened: Callable[[], Document], reading: Reading) -> Draft:
    guess = _NAME.search(made.source)
    if guess:
        made.kind, made.name = guess[1], guess[2]
    try:
        made.document = opened()
        _read(made, made.document, reading)
    except Problems as found:
        made.problems += found.problems
    return made


def _read(made: Draft, read: Document, reading: Reading) -> None:
    made.kind = _kind(read)
    name = read.value[made.kind]
    made.name = str(name) if isinstance(name, (str, int)) else ""
    reading = replace(reading, campaign=made.name if made.kind == "campaign" else "")
    parts = _READERS[made.kind]
    rest = _without_later_keys(made, read) if made.kind == "campaign" else read
    values = dict(rest.value)
    for key, reader in parts.items():
        if key in read.value:
            values[key] = _part(made, read, key, reader, reading)
    made.condition = values.get("audience") if isinstance(values.get("audience"), Condition) else None
    made.steps = values["steps"] if isinstance(values.get("steps"), tuple) else ()
    rule = validate(
        KINDS[made.kind], Document(read.file, values, read.places, read.keys), context={"reading": reading}
    )
    made.rule = rule.written(read, made.source)
    if not rule.describe:
        told, hint = "has no `describe`", "say in a sentence who this is, for whoever reads it next"
        made.problems.append(
            Problem(read.key_place((made.kind,)), f"{made.kind} {made.name!r} {told}", hint, "hint")
        )


def _part(made: Draft, read: Document, key: str, reader: Reader, reading: Reading) -> Any:
    try:
        return reader(read, (key,), reading)
    except Problems as found:
        made.problems += found.problems
        return None


def _schedule(read: Document, path: Path_, reading: Reading) -> Any:
    return occasions.read(read, path, reading.calendar)


def _steps(read: Document, path: Path_, reading: Reading) -> Any:
    return steps.read(read, path)


#: By kind, the keys with a reader of their own.
_READERS: dict[str, dict[str, Reader]] = {
    "campaign": {"audience": parse, "schedule": _schedule, "steps": _steps},
    "segment": {"audience": parse},
    "offer": {},
}


def _kind(read: Document) -> str:
    """The one top-level key that says what the file is. Raises Problems."""
    known = tuple(KINDS)
    if read.value is None:
        raise Problems([Problem(Place(read.file), "the file is empty", _BEGIN)])
    if not isinstance(read.value, dict):
        raise Problems(
            [Problem(read.place(()), "a rule file holds keys such as `campaign:` and `audience:`")]
        )
    found: list[str] = [key for key in read.value if key in known]
    if len(found) > 1:
        told = f"a file holds one rule, and this one has both `{found[0]}` and `{found[1]}`"
        raise Problems([Problem(read.key_place((found[1],)), told, "put each into a file of its own")])
    if not found:
        near = next((k for k in read.value if did_you_mean(k, known).startswith("did")), None)
        place = read.key_place((near,)) if near else read.place(())
        hint = did_you_mean(near, known) if near else _BEGIN
        raise Problems(
            [Problem(place, "nothing here says whether this is a campaign, a segment or an offer", hint)]
        )
    return found[0]


def _without_later_keys(made: Draft, read: Document) -> Document:
    """The document without what does not work yet, of which each is a problem."""
    value = dict(read.value)
    for key, (why, already) in LATER_KEYS.items():
        if key in value and (already is None or value[key] != already):
            del value[key]
            made.problems.append(Problem(read.key_place((key,)), f"`{key}` does not work yet: {why}"))
            if key == "trigger":
                value.setdefault("schedule", None)  # one fault, not two
    return Document(read.file, value, read.places, read.keys)
