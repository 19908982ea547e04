"""What was written differently: the lines of a rule, old against new, and tests that were turned round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

#: Keys of which one asks for what the other leaves out, in either order.
_PAIRS = (
    ("at_least", "at_most"), ("at_least", "less_than"), ("more_than", "less_than"), ("more_than", "at_most"),
    ("is", "is_not"), ("in", "not_in"), ("within", "older_than"), ("within", "in_next"),
    ("before", "after"), ("ever", "never"), ("any", "none"), ("all", "none"), ("top", "bottom"),
)  # fmt: skip
OPPOSITES = frozenset(_PAIRS) | {(second, first) for first, second in _PAIRS}


def changed_lines(old: str, new: str) -> list[dict[str, Any]]:
    """The lines that were taken away and put in, with their numbers, comments and empty lines apart."""
    before, after = _lines(old), _lines(new)
    matcher = SequenceMatcher(a=[text for _, text in before], b=[text for _, text in after], autojunk=False)
    found: list[dict[str, Any]] = []
    for kind, start, end, first, last in matcher.get_opcodes():
        if kind != "equal":
            found += [{"sign": "-", "line": line, "text": text} for line, text in before[start:end]]
            found += [{"sign": "+", "line": line, "text": text} for line, text in after[first:last]]
    return found


def _lines(text: str) -> list[tuple[int, str]]:
    lines = ((number, line.rstrip()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in lines if line and not line.lstrip().startswith("#")]


def turned(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Each test that was turned round, in a sentence: `at_least: 3` became `less_than: 3`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key, other in _crossed(old, new):
            yield _became(path, f"{key}: {_said(old[key])}", f"{other}: {_said(new[other])}")
        for key in (key for key in old if key in new):
            yield from turned(old[key], new[key], (*path, str(key)))
    elif isinstance(old, list) or isinstance(new, list):
        for one, other in _matched(*(value if isinstance(value, list) else [value] for value in (old, new))):
            yield from turned(one, other, path)
    elif isinstance(old, bool) and isinstance(new, bool) and old is not new:
        yield _became(path[:-1], f"{path[-1]}: {_said(old)}", f"{path[-1]}: {_said(new)}")


def _crossed(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys that were taken away, each with the opposite that came in its place."""
    come = [key for key in new if key not in old]
    for key in (key for key in old if key not in new):
        other = next((other for other in come if (key, other) in OPPOSITES), None)
        if other is not None:
            yield key, other


def _became(path: Sequence[str], old: str, new: str) -> str:
    names = " ".join(key for key in path if key != "all")
    return f"{names and f'`{names}`: '}`{old}` became `{new}`"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else "..."


def _matched(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """The entries that differ, each with the one that took its place: first those of the same keys."""
    left = [one for one in old if one not in new]
    right = [one for one in new if one not in old]
    for one in list(left):
        other = next((entry for entry in right if _alike(one, entry)), None)
        if other is not None:
            left.remove(one)
            right.remove(other)
            yield one, other
    for one, other in zip_longest(left, right):
        if one is not None and other is not None:
            yield one, other


def _alike(one: Any, other: Any) -> bool:
    return isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys()
