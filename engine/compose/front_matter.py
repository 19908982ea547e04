"""The lines between two `---` at the top of an email: its subject and preheader."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.errors import Place, Problem, Problems
from engine.text import did_you_mean

KEYS = ("subject", "preheader")
_FENCE = "---"
#: What ends a line for YAML.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
#: What `_quoted` leaves as it is: quotes would not help.
_PLAIN = ("a tab ", "'subject' stands here", "'preheader' stands here", "the character ")


@dataclass(frozen=True, slots=True)
class Written:
    """A text of the front matter, and where its first character stands in the file."""

    text: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Email:
    """An email file taken apart. The body keeps its place: the lines above it are empty."""

    subject: Written
    preheader: Written | None
    body: str


def split(text: str) -> tuple[str | None, str]:
    """The front matter and the body, each on the lines where it stands in the file."""
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        return None, text
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        return None, text
    return "\n".join(["", *lines[1:end]]), "\n" * (end + 1) + "\n".join(lines[end + 1 :])


def body_of(text: str) -> str:
    """The text below the front matter, on its own lines."""
    return split(text)[1]


def read(text: str, file: str) -> Email:
    """Takes an email apart. Raises Problems with everything that is wrong in the front matter."""
    front, body = split(text)
    if front is None:
        what = "has no second --- line" if text.startswith(_FENCE) else "does not begin with front matter"
        hint = "begin the file with three lines: ---, subject: ..., ---"
        raise Problems([Problem(Place(file), f"this email {what}", hint)])
    values = _values(front, file)
    return Email(values["subject"], values.get("preheader"), body)


def _values(front: str, file: str) -> dict[str, Written]:
    from engine import document  # ruamel.yaml is slow to import, and the renderer's children do without

    try:
        read = document.parse(front, file)
    except Problems as error:
        raise Problems([_quoted(problem, front) for problem in error.problems]) from None
    if read.value is not None and not isinstance(read.value, dict):
        raise Problems([Problem(Place(file, 2), "the front matter must hold keys", "write subject: ...")])
    found: dict[str, Written] = {}
    problems: list[Problem] = []
    lines = _LINE_END.split(front)
    for key, value in (read.value or {}).items():
        place = read.place((key,))
        if key not in KEYS:
            problems.append(Problem(read.key_place((key,)), f"unknown key {key!r}", did_you_mean(key, KEYS)))
        elif value is None or isinstance(value, dict | list) or not str(value).strip():
            problems.append(Problem(place, f"the {key} is no text", f'write {key}: "..."'))
        elif _cut_off(lines[place.line - 1], place.column):
            what = f"the {key} ends at the #, which begins a comment"
            problems.append(Problem(place, what, f'write {key}: "..."'))
        else:
            found[key] = Written(str(value), place.line, place.column)
    if "subject" not in (read.value or {}):
        problems.append(Problem(Place(file), "this email has no subject", "add a line subject: ..."))
    if problems:
        raise Problems(problems)
    return found


def _cut_off(line: str, column: int) -> bool:
    """Whether a text without quotes is followed by a comment that was hardly meant as one."""
    return " #" in line and line[column - 1 : column] not in ("'", '"', "|", ">")


def _quoted(problem: Problem, front: str) -> Problem:
    """YAML takes `{`, `: ` and `#` for its own; the remedy is nearly always the same."""
    lines = _LINE_END.split(front)
    line = lines[problem.place.line - 1] if problem.place.line <= len(lines) else ""
    key = line.partition(":")[0].strip()
    if key in KEYS and not problem.message.startswith(_PLAIN):
        what = f"this {key} is not understood without quotes"
        return Problem(problem.place, what, f'write {key}: "..."')
    return problem
