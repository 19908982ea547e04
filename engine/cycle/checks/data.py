"""`check --data`: the rules held against the store, in one look at it that changes nothing."""

from __future__ import annotations

from engine.compose.longest import Audience
from engine.compose.measures import measured
from engine.cycle.checks.matched import Matched
from engine.cycle.checks.sizes import sizes
from engine.cycle.checks.words import words
from engine.errors import Problem
from engine.rules.campaign import Campaign
from engine.rules.loader import RuleBook
from engine.rules.scope import Scope
from engine.settings import Settings
from engine.store.database import Database


def against(
    store: Database, settings: Settings, book: RuleBook, scope: Scope
) -> tuple[list[Problem], dict[str, Audience]]:
    """What the store has to say of the rules, and of each campaign what there is to know of its people."""
    matched = Matched(book)
    with store.read(matched.table) as connection:
        matched.fill(connection, scope)
        told = [*sizes(connection, matched, scope, settings), *words(connection, book)]
        people = {
            rule.name: measured(connection, matched.people(rule))
            for rule in matched.rules
            if isinstance(rule, Campaign)
        }
    return told, people
