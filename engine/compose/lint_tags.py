"""Tags that are opened and not closed, or the other way round, also where conditions choose among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.compose.constructs import Construct, constructs
from engine.compose.elements import Element

_ALONE = frozenset("area base br col embed hr img input link meta source track wbr".split())
#: HTML closes these by itself.
_LAX = frozenset("body colgroup dd dt head html li option p tbody td tfoot th thead tr".split())
_GUESSING = "mail programs guess, and the rest of the letter may look wrong"

Open = tuple[str, int]
Fault = tuple[str, int, str, str]


@dataclass
class _Branching:
    """An `if` or a `for`: what was open before it, and what its first branch left open."""

    before: list[Open]
    first: list[Open] | None = None


@dataclass
class _Balance:
    open: list[Open] = field(default_factory=list)
    branches: list[_Branching] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    #: Tags that a condition opens or closes: of these nothing is said.
    unsure: set[str] = field(default_factory=set)

    def tag(self, one: Element) -> None:
        if one.name in _ALONE or one.closes_itself or one.unclosed_quote:
            return
        if not one.is_end:
            self.open.append((one.name, one.start))
        elif one.name in (name for name, _ in self.open):
            while (top := self.open.pop())[0] != one.name:
                self._left_open(top, f"before </{one.name}>")
        else:
            self.faults.append((one.name, one.start, f"</{one.name}> closes nothing that is open", _GUESSING))

    def _left_open(self, one: Open, where: str = "") -> None:
        name, at = one
        if name not in _LAX:
            hint = f"write </{name}> {where or 'where it ends'}"
            self.faults.append((name, at, f"<{name}> is never closed", hint))

    def statement(self, one: Construct) -> None:
        if one.word in ("if", "for"):
            self.branches.append(_Branching(list(self.open)))
        elif one.word in ("elif", "else") and self.branches:
            self._ends_branch(self.branches[-1])
            self.open = list(self.branches[-1].before)
        elif one.word in ("endif", "endfor") and self.branches:
            last = self.branches.pop()
            self._ends_branch(last)
            self._compare(self.open, last.before)
            self.open = last.before if last.first is None else last.first

    def _ends_branch(self, branching: _Branching) -> None:
        if branching.first is None:
            branching.first = list(self.open)
        self._compare(self.open, branching.first)

    def _compare(self, one: Sequence[Open], other: Sequence[Open]) -> None:
        names, others = [name for name, _ in one], [name for name, _ in other]
        if names != others:
            self.unsure |= {name for name in {*names, *others} if names.count(name) != others.count(name)}

    def told(self) -> Iterator[tuple[int, str, str]]:
        for one in self.open:
            self._left_open(one)
        yield from ((at, what, hint) for name, at, what, hint in self.faults if name not in self.unsure)


def unbalanced(source: str, tags: Sequence[Element]) -> list[tuple[int, str, str]]:
    """Each tag without its other half: its place, what is wrong, what to do."""
    balance = _Balance()
    statements = [one for one in constructs(source) if one.kind == "statement"]
    pieces: list[Element | Construct] = [*tags, *statements]
    for one in sorted(pieces, key=lambda piece: piece.start):
        if isinstance(one, Element):
            balance.tag(one)
        else:
            balance.statement(one)
    return list(balance.told())
