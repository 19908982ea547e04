"""Whether clauses contradict each other: found from the rule alone, and never where anybody could match.

Clauses are opened until only claims on single facts are left. Where one of several must hold, each is
tried in turn: the clauses contradict each other when every way ends with a fact that has no value left.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from engine.document import Path_
from engine.rules.condition import Condition
from engine.rules.ranges import ANYTHING, KNOWN, LEAST, MOST, Claim, Counted, Each, Range, Some, points
from engine.rules.scope import Scope


@dataclass
class Steps:
    """After so many steps the search gives up, and nothing is found: half a second at most."""

    left: int = 10_000

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _TooLongError


@dataclass(frozen=True)
class Clause:
    """A condition that must hold, or must not.

    `path` is where the rule's own document has it, or has the segment that it comes from.
    """

    condition: Condition
    scope: Scope
    path: Path_ = ()
    holds: bool = True

    def opposite(self) -> Clause:
        return replace(self, holds=not self.holds)

    def same(self, other: Clause) -> bool:
        """Whether it is that very clause, not another one that says the same."""
        return self.condition is other.condition and self.path == other.path and self.holds == other.holds

    def english(self) -> str:
        return (self.condition.english if self.holds else self.condition.denied)(self.scope)

    @property
    def together(self) -> bool:
        """Whether all of its parts must be met, not only one of them."""
        return self.holds != (self.condition.joins == "any")

    def parts(self) -> list[Clause]:
        """The clauses that it is made of, each as it must be."""
        holds = self.holds != (self.condition.joins == "none")
        own = bool(self.condition.inner) and not self.scope.trail
        return [
            Clause(part, scope, (*self.path, *part._steps) if own else self.path, holds)
            for part, scope in self.condition.unfolded(self.scope)
        ]


@dataclass(frozen=True)
class Conflict:
    """The clause that cannot be met, and the one that it cannot be met with, where that is another.

    `ways` is set where several ways were open, and each is closed by something else.
    """

    clause: Clause
    other: Clause | None = None
    ways: Clause | None = None


def conflict(clauses: Iterable[Clause], steps: Steps | None = None) -> Conflict | None:
    """Why nobody can meet all of the clauses; None where somebody may. Several searches may share `steps`."""
    try:
        return _Search(steps or Steps()).closed(list(clauses), _Known(), ())
    except _TooLongError:
        return None


class _TooLongError(Exception):
    pass


class _Known:
    """What is certain so far: of each fact its range, and the claims that made it so."""

    def __init__(self) -> None:
        self.claims: dict[Hashable, tuple[tuple[Range, Clause], ...]] = {}
        self._ranges: dict[Hashable, Range] = {}

    def fork(self) -> _Known:
        other = _Known()
        other.claims, other._ranges = dict(self.claims), dict(self._ranges)
        return other

    def add(self, found: Claim, clause: Clause) -> Conflict | None:
        """Takes the claim in, with what follows from it for other counts."""
        for one, by in ((found, clause), *self._follows(found, clause)):
            self.claims[one.fact] = (*self.claims.get(one.fact, ()), (one.range, by))
            self._ranges[one.fact] = self._ranges.get(one.fact, ANYTHING) & one.range
            if self._ranges[one.fact].empty:
                return Conflict(clause, _culprit(clause, self.claims[one.fact]))
        return None

    def _follows(self, found: Claim, clause: Clause) -> Iterator[tuple[Claim, Clause]]:
        """What the claim says of other facts, and whose claim that is."""
        if isinstance(found.fact, Counted) and not found.range.empty:
            yield from ((one, clause) for one in self._counted(found.fact, found))
        elif isinstance(found.fact, Some):
            for each, by in self.claims.get(Each(found.fact.of), ()):
                yield Claim(found.fact, each & KNOWN), by
        elif isinstance(found.fact, Each):
            for some in list(self.claims):
                if isinstance(some, Some) and some.of == found.fact.of:
                    yield Claim(some, found.range & KNOWN), clause

    def _counted(self, fact: Counted, found: Claim) -> Iterator[Claim]:
        """A wider window holds at least as many, a narrower one at most."""
        least, most = found.range.spans[0][0], found.range.spans[-1][1]
        for other in list(self.claims):
            if isinstance(other, Counted) and other.rows == fact.rows and other != fact:
                if fact.window.within(other.window):
                    yield Claim(other, Range(((least, MOST),)))
                if other.window.within(fact.window):
                    yield Claim(other, Range(((LEAST, most),)))


def _culprit(clause: Clause, claims: Sequence[tuple[Range, Clause]]) -> Clause | None:
    """The other clause that leaves no value: the first that does so alone, else the last of several."""
    own, others = ANYTHING, list[tuple[Range, Clause]]()
    for range_, one in claims:
        if clause.same(one):
            own &= range_
        else:
            others.append((range_, one))
    alone = [one for range_, one in others if (range_ & own).empty]
    return None if own.empty or not others else alone[0] if alone else others[-1][1]


class _Search:
    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    def closed(self, clauses: list[Clause], known: _Known, ways: tuple[Clause, ...]) -> Conflict | None:
        """Takes in the clauses, of which all must be met, and one way of each of the `ways`."""
        open_ = clauses[::-1]
        while open_:
            clause = open_.pop()
            self.steps.take()
            found = self._told(clause, known)
            if found is not None:
                return found
            if not clause.condition.joins:
                continue
            if clause.together or len(clause.parts()) == 1:
                open_ += clause.parts()[::-1]
            else:
                ways = (*ways, clause)
        return self._each(ways[0], known, ways[1:]) if ways else None

    def _each(self, way: Clause, known: _Known, ways: tuple[Clause, ...]) -> Conflict | None:
        found, parts = Conflict(way), way.parts()
        for part in parts:
            closed = self.closed([part], known.fork(), ways)
            if closed is None:
                return None
            found = closed
        return replace(found, ways=way) if parts else found

    def _told(self, clause: Clause, known: _Known) -> Conflict | None:
        condition, scope = clause.condition, clause.scope
        if clause.holds and not condition.joins and condition.hopeless(scope):
            return Conflict(clause)
        for claim in self._claims(clause):
            found = known.add(claim, clause)
            if found is not None:
                return found
        return None

    def _claims(self, clause: Clause) -> Iterator[Claim]:
        """That the very condition holds is a fact of its own: nobody both has it and has it not."""
        condition = clause.condition
        if not condition.inner:
            yield Claim((condition.key, repr(condition)), points([clause.holds]))
        yield from condition.claims(clause.scope, clause.holds)
