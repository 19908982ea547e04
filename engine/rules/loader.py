"""All the rule files together: a book of the sound ones, and every problem of the others."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from engine.errors import Place, Problem, Problems, YoursToFix
from engine.rules.campaign import Campaign, Segment
from engine.rules.condition import Reading
from engine.rules.drafts import Draft, draft
from engine.rules.offer import Offer
from engine.rules.rule import Rule
from engine.text import did_you_mean

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class RuleBook:
    """The rules that can be used. A rule whose file, or a segment that it needs, is at fault is not in it.

    `faults` has, for each such name, the problems that stand in its way.
    """

    segments: Mapping[str, Segment] = field(default_factory=dict)
    campaigns: Mapping[str, Campaign] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    faults: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    def campaign(self, name: str) -> Campaign:
        """The campaign of that name. Raises YoursToFix: its problems, or the nearest name."""
        if name in self.campaigns:
            return self.campaigns[name]
        if name in self.faults:
            raise Problems(self.faults[name])
        for kind, known in (("a segment", self.segments), ("an offer", self.offers)):
            if name in known:
                raise YoursToFix(f"{name!r} is {kind}, and this asks for a campaign")
        raise self._unknown("campaign", name, self.campaigns)

    def named(self, name: str) -> Segment | Campaign:
        """The campaign or else the segment of that name. Raises YoursToFix as `campaign` does."""
        if name in self.campaigns:
            return self.campaigns[name]
        if name in self.segments:
            return self.segments[name]
        if name in self.faults:
            raise Problems(self.faults[name])
        if name in self.offers:
            raise YoursToFix(f"{name!r} is an offer, and this asks for a segment or a campaign")
        raise self._unknown("segment or campaign", name, (*self.campaigns, *self.segments))

    def offer(self, name: str) -> Offer:
        """The offer of that name. Raises YoursToFix as `campaign` does."""
        if name in self.offers:
            return self.offers[name]
        if name in self.faults:
            raise Problems(self.faults[name])
        raise self._unknown("offer", name, self.offers)

    def _unknown(self, what: str, name: str, known: Iterable[str]) -> YoursToFix:
        hint = did_you_mean(name, {*known, *self.faults})
        return YoursToFix(f"there is no {what} {name!r}" + (f" ({hint})" if hint else ""))

    def broken(self, name: str) -> tuple[Problem, ...]:
        """The problems of the files that NAME needs; none when it can be used."""
        return self.faults.get(name, ())

    def needs(self, name: str) -> frozenset[str]:
        """The segments that NAME is made of, however deep. Raises YoursToFix as `named` does."""
        open_, found = [self.named(name).clause], set[str]()
        while open_:
            new = open_.pop().references() - found
            found |= new
            open_ += [self.segments[used].condition for used in new]
        return frozenset(found)


def load(folder: Path, reading: Reading) -> RuleBook:
    """Reads every rule file below the folder. Never raises for what stands in the files."""
    if not folder.is_dir():
        told, hint = "there is no such folder, so there are no rules", "run `rekindle init` to make one"
        return RuleBook(problems=(Problem(Place(folder.name), told, hint, "warning"),))
    if not os.access(folder, os.R_OK | os.X_OK):
        told, hint = "the folder may not be read, so there are no rules", "look at its permissions"
        return RuleBook(problems=(Problem(Place(folder.name), told, hint),))
    drafts = [draft(path, f"{folder.name}/{name}", reading) for name, path in sorted(_files(folder))]
    _find_namesakes(drafts)
    _find_unknown(drafts)
    _find_broken(drafts, told=_find_circles(drafts))
    return _book(drafts)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.suffix.lower() in ENDINGS and not hidden and not path.is_dir():
            yield name.as_posix(), path


def _find_namesakes(drafts: list[Draft]) -> None:
    """Two rules of one kind with one name: neither can be used, because nobody knows which is meant."""
    first: dict[tuple[str, str], Draft] = {}
    for one in drafts:
        there = first.setdefault((one.kind, one.name), one)
        if one.name and there is not one:
            one.problems.append(_namesake(one, there))
            if there.sound:
                there.problems.append(_namesake(there, one))


def _namesake(one: Draft, other: Draft) -> Problem:
    return Problem(
        one.place, f"{one.kind} {one.name!r} stands in {other.place} too", "give one of them another name"
    )


def _segments(drafts: list[Draft]) -> dict[str, Draft]:
    return {one.name: one for one in drafts if one.kind == "segment" and one.name}


def _offers(drafts: list[Draft]) -> dict[str, Draft]:
    return {one.name: one for one in drafts if one.kind == "offer" and one.name}


def _find_unknown(drafts: list[Draft]) -> None:
    known = _segments(drafts).keys()
    campaigns = {one.name for one in drafts if one.kind == "campaign" and one.name}
    offers = _offers(drafts).keys()
    for one in drafts:
        one.problems += _unknown("segment", one.uses(), known, known - {one.name})
        one.problems += _unknown("campaign", one.asks_of(), campaigns, campaigns)
        one.problems += _unknown("offer", (*one.promises(), *one.asks_of_offers()), offers, offers)


def _unknown(
    kind: str, named: Iterable[tuple[str, Place]], known: Set[str], likely: Set[str]
) -> Iterator[Problem]:
    for name, place in named:
        if name not in known:
            yield Problem(place, f"there is no {kind} {name!r}", did_you_mean(name, likely))


def _find_circles(drafts: list[Draft]) -> set[tuple[str, str]]:
    """Segments that are made of themselves: each is told so once, at the name that it uses."""
    known, told = _segments(drafts), set[tuple[str, str]]()
    uses = {name: dict(one.uses()) for name, one in known.items()}
    while circle := _circle({name: [used for used in those if used in uses] for name, those in uses.items()}):
        way = " -> ".join((*circle, circle[0]))
        for name, used in zip(circle, (*circle[1:], circle[0]), strict=True):
            told.add((known[name].file, used))
            why = f"segment {name!r} is made of itself: {way}"
            known[name].problems.append(Problem(uses.pop(name)[used], why))
    return told


def _circle(uses: dict[str, list[str]]) -> list[str]:
    """Names each of which uses the next, and the last the first; empty when there is no circle."""
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as error:
        found = list(reversed(error.args[1][1:]))
        start = found.index(min(found))
        return found[start:] + found[:start]
    return []


def _find_broken(drafts: list[Draft], told: set[tuple[str, str]]) -> None:
    """Whoever uses what cannot be used cannot be used either, and so on upwards."""
    _find_broken_offers(drafts)
    known, before = _segments(drafts), -1
    while len(told) > before:
        before = len(told)
        for one in drafts:
            for name, place in one.uses():
                if name in known and not known[name].sound and (one.file, name) not in told:
                    told.add((one.file, name))
                    why = f"segment {name!r} cannot be used: see {known[name].faults[0].place}"
                    one.problems.append(Problem(place, why))


def _find_broken_offers(drafts: list[Draft]) -> None:
    known = _offers(drafts)
    for one in drafts:
        for name, place in one.promises():
            if name in known and not known[name].sound:
                why = f"offer {name!r} cannot be used: see {known[name].faults[0].place}"
                one.problems.append(Problem(place, why))


def _book(drafts: list[Draft]) -> RuleBook:
    sound = [_complete(one.rule, one, drafts) for one in drafts if one.rule is not None and one.sound]
    problems = sorted((p for one in drafts for p in one.problems), key=_order)
    return RuleBook(
        segments={rule.name: rule for rule in sound if isinstance(rule, Segment)},
        campaigns={rule.name: rule for rule in sound if isinstance(rule, Campaign)},
        offers={rule.name: rule for rule in sound if isinstance(rule, Offer)},
        problems=tuple(problems),
        faults={name: tuple(found) for name, found in _faults(drafts).items()},
    )


def _complete(rule: Rule, one: Draft, drafts: list[Draft]) -> Rule:
    made = rule.made_of({used.name: used.source for used in _closure(one, _segments(drafts))[1:]})
    if isinstance(made, Campaign):
        known = {name: offer.rule for name, offer in _offers(drafts).items()}
        found = {name: known[name] for name, _ in one.promises()}
        made.promising({name: offer for name, offer in found.items() if isinstance(offer, Offer)})
    return made


def _faults(drafts: list[Draft]) -> dict[str, list[Problem]]:
    """By name, the errors of its own files and of the segments that they need."""
    known, found = _segments(drafts), dict[str, list[Problem]]()
    for one in drafts:
        if one.name and not one.sound:
            needed = {used.file: used for used in _closure(one, known)}
            errors = [problem for used in needed.values() for problem in used.faults]
            there = found.setdefault(one.name, [])
            there += [problem for problem in errors if problem not in there]
    return {name: sorted(errors, key=_order) for name, errors in found.items()}


def _closure(one: Draft, known: Mapping[str, Draft]) -> list[Draft]:
    found, open_ = [one], [one]
    while open_:
        for name, _ in open_.pop().uses():
            if name in known and known[name] not in found:
                found.append(known[name])
                open_.append(known[name])
    return found


def _order(problem: Problem) -> tuple[str, int, int]:
    return problem.place.file, problem.place.line, problem.place.column
