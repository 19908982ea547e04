"""Audiences that nobody can be in, clauses that shut nobody out: seen from the rules alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.cycle.checks.always import Always
from engine.errors import Problem
from engine.rules.campaign import Campaign, Segment
from engine.rules.contradiction import Clause, Conflict
from engine.rules.loader import RuleBook
from engine.rules.scope import Scope

Rule = Segment | Campaign
#: Every clause is held against those beside it: a rule of more than these would keep `check` waiting.
_MANY = 60


def audiences(book: RuleBook, scope: Scope) -> Iterator[Problem]:
    """What can match nobody, or excludes nobody; still, `audience` answers it."""
    rules: list[Rule] = [*book.segments.values(), *book.campaigns.values()]
    for rule in rules:
        yield from _Audience(rule, scope).problems()


class _Audience:
    def __init__(self, rule: Rule, scope: Scope) -> None:
        self.rule = rule
        self.root = Clause(rule.clause, scope, ("audience", *rule.clause._steps))
        self.always = Always(rule.clause, scope)

    def problems(self) -> Iterator[Problem]:
        whole = "no customer can ever enter" if isinstance(self.rule, Campaign) else "the segment stays empty"
        if sum(1 for _ in self.rule.clause.walk()) > _MANY:
            return
        closed = list(self._closed(self.root, (), f"as it stands, {whole}"))
        yield from closed
        if not closed:
            yield from self._open(self.root)

    def _closed(self, clause: Clause, beside: Sequence[Clause], so: str) -> Iterator[Problem]:
        """What cannot be met beside those other clauses; `so` is what comes of it."""
        parts = clause.parts() if clause.condition.inner else []
        whole = self.always.conflict([*beside, clause])
        if whole is not None:
            alone = [self.always.conflict([part]) for part in parts if clause.together]
            told = [one for one in alone if one is not None] or [whole]
            yield from (self._told(one, so) for one in told)
            return
        for number, part in enumerate(parts):
            if not part.holds:
                yield from self._closed(part.opposite(), (), "as it stands, it keeps nobody out")
            elif not clause.together:
                yield from self._closed(part, beside, "as it stands, this part of `any` adds nobody")
            elif part.condition.inner:
                yield from self._closed(part, [*beside, *parts[:number], *parts[number + 1 :]], so)

    def _open(self, clause: Clause) -> Iterator[Problem]:
        """What everybody meets. `everyone` says so itself, and a segment is told of in its own file."""
        condition = clause.condition
        inner = [told for part in clause.parts() if condition.inner for told in self._open(part)]
        yield from inner
        chooses = condition.joins in ("", "any")
        if not inner and chooses and self.always.conflict([replace(clause, holds=False)]):
            told = f"this `{_key(clause)}` leaves nobody out: every customer meets it"
            yield Problem(self.rule.place(*clause.path), told, _MEND, "warning")

    def _told(self, found: Conflict, so: str) -> Problem:
        clause, other, key = found.clause, found.other, _key(found.clause)
        if found.ways is not None:
            place, hint = self.rule.place(*found.ways.path), f"for one, {_against(clause, other)}; {so}"
            told = f"no way into this `{_key(found.ways)}` is open"
            return Problem(place, told, hint, "warning")
        place = self.rule.place(*clause.path)
        if not clause.holds and other is None:
            told = f"everybody matches this `{key}`, so nobody is left without it"
            return Problem(place, told, so, "warning")
        if key == "segment" and (other is None or other.path == clause.path):
            told = "nobody can ever be in this segment: it contradicts itself"
            return Problem(place, told, f"see its own file; {so}", "warning")
        if other is None or other.path == clause.path:
            told = f"nobody can ever match this `{key}`: its bounds contradict each other"
            return Problem(place, told, level="warning")
        there = self.rule.place(*other.path)
        where = f"on line {there.line}" if there.line != place.line else f"at column {there.column}"
        told = f"nobody can meet this `{key}` and the `{_key(other)}` {where} at once"
        return Problem(place, told, f"{_against(clause, other)}; {so}", "warning")


_MEND = "take it away, or mend it if it should choose"


def _against(clause: Clause, other: Clause | None) -> str:
    """`country is FR` against `country is GB`."""
    return f"`{_english(clause)}`" + (f" against `{_english(other)}`" if other is not None else "")


def _english(clause: Clause) -> str:
    return replace(clause, scope=replace(clause.scope, undated=True)).english()


def _key(clause: Clause) -> str:
    """What stands in the document where the clause came from: the segment's key for what a segment holds."""
    last = clause.path[-1]
    return last if isinstance(last, str) and last != "audience" else clause.condition.key
