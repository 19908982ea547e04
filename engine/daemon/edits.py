"""Which part of an edit can be taken over, when not all of it is sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

#: A project's files by their path in it, such as `rules/win-back.yaml`.
Files = Mapping[str, bytes]
#: Says which files are at fault when the project consists of these.
Faults = Callable[[Files], Set[str]]


def sound(good: Files, edited: Files, faults: Faults) -> dict[str, bytes]:
    """The edited files, but for those that must stay as they were so that nothing breaks.

    An edit, a new file and a deletion count alike. What is at fault stays as it was; where an
    untouched file is at fault it misses something, so deletions are taken back. Then each of the
    held changes is tried again by itself: it may have been at fault only because of another.
    """
    changes = {path for path in {*good, *edited} if good.get(path) != edited.get(path)}
    held = _hold(good, edited, changes, faults)
    left = faults(_mixed(good, edited, held)) if held else set()
    tried = True
    while tried and len(held) > 1:
        tried = False
        for path in sorted(held):
            if faults(_mixed(good, edited, held - {path})) <= left:
                held, tried = held - {path}, True
    return _mixed(good, edited, held)


def _hold(good: Files, edited: Files, changes: Set[str], faults: Faults) -> set[str]:
    held: set[str] = set()
    while True:
        blamed = faults(_mixed(good, edited, held))
        more = (blamed & changes) - held
        if blamed and not more:
            more = {path for path in changes - held if path not in edited}
        if not more:
            return held
        held |= more


def _mixed(good: Files, edited: Files, held: Set[str]) -> dict[str, bytes]:
    mix = {path: text for path, text in edited.items() if path not in held}
    return mix | {path: good[path] for path in held if path in good}
