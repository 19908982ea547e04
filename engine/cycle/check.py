"""Every problem in config, rules and templates, in one list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engine import clock
from engine.compose.library import Library
from engine.compose.longest import Audience
from engine.cycle.checks.audiences import audiences
from engine.cycle.checks.configured import configured
from engine.cycle.checks.data import against
from engine.cycle.checks.letters import letters
from engine.cycle.checks.offers import offers
from engine.cycle.checks.reach import reach
from engine.cycle.checks.spelling import spelling
from engine.cycle.checks.timing import timing
from engine.cycle.checks.usage import usage
from engine.errors import Problem
from engine.rules.loader import RuleBook
from engine.rules.scope import Scope
from engine.settings import Settings
from engine.store.database import Database


def check(
    settings: Settings,
    book: RuleBook,
    library: Library,
    now: datetime | None = None,
    store: Database | None = None,
) -> list[Problem]:
    """All the problems, those of the config first, each once. `now` is the clock's unless given.

    With a `store`, the rules and templates are held against it as well; it is only read.
    """
    scope = Scope(
        as_of=now or clock.now(),
        calendar=settings.brand.reckoning,
        currency=settings.brand.currency,
        segments={name: segment.condition for name, segment in book.segments.items()},
    )
    rules = [*book.problems, *audiences(book, scope), *timing(settings, book, scope.as_of), *usage(book)]
    rules += [*spelling(book), *reach(settings, book, scope)]
    rules += offers(settings, book, library, scope.as_of)
    people: dict[str, Audience] = {}
    if store is not None:
        told, people = against(store, settings, book, scope)
        rules += told
    sent = letters(settings, book, library, people)
    return listed([configured(settings), in_order(rules), in_order(sent)])


def listed(families: Iterable[Iterable[Problem]]) -> list[Problem]:
    """The problems of all the families in their order, each once."""
    return list(dict.fromkeys(problem for family in families for problem in family))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """By file, line and column."""
    return sorted(problems, key=lambda one: (one.place.file, one.place.line, one.place.column))
