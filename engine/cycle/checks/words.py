"""Words of the shop's own data that rules name and the store does not have: a misspelt tag matches nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, func, select
from sqlalchemy.sql.elements import ColumnElement

from engine.cycle.checks.matched import Rule
from engine.errors import Place, Problem
from engine.rules.loader import RuleBook
from engine.rules.mentions import Mention
from engine.rules.sources import customer, event, line, order, product, subscription, tag
from engine.store.types import folded, note_text
from engine.text import fold, nearest

#: Words that have a meaning of their own, whatever was imported.
_ALWAYS = {
    "event": {"order_placed"},
    "order status": {"completed"},
    "subscription status": {"active", "cancelled", "expired"},
}
#: Of so many letters is the beginning of a word, which is seldom misspelt.
_BEGINNING = 3
#: So many different values are looked through for the nearest one.
_NEAR = 2_000
#: So many are listed where none is near.
_LISTED = 8
#: So many customers' attributes are looked at for the names that there are.
_SAMPLE = 2_000

#: Where each kind of word is kept, and how its absence is told.
_KEPT: dict[str, tuple[tuple[ColumnElement[Any], ...], str]] = {
    "tag": ((tag.c.tag,), "no customer has the tag {}"),
    "country": ((customer.c.country,), "no customer is in {}"),
    "city": ((customer.c.city,), "no customer is in {}"),
    "language": ((customer.c.language,), "no customer has the language {}"),
    "timezone": ((customer.c.timezone,), "no customer has the time zone {}"),
    "source": ((customer.c.source,), "no customer has the source {}"),
    "email_domain": ((customer.c.email_domain,), "no customer has an address at {}"),
    "event": ((event.c.event,), "no event {} has come in"),
    "sku": ((product.c.sku, line.c.sku), "no product has the sku {}"),
    "category": ((product.c.category, line.c.category), "no product is in the category {}"),
    "product": ((product.c.description,), "no product is called {}"),
    "plan": ((subscription.c.plan,), "no subscription has the plan {}"),
    "subscription status": ((subscription.c.status,), "no subscription has the status {}"),
    "order status": ((order.c.status,), "no order has the status {}"),
    "code": ((order.c.code,), "no order used the code {}"),
    "attribute": ((), "no customer has an attribute {}"),
}


@dataclass(frozen=True)
class _Use:
    """A mention with its place."""

    mention: Mention
    place: Place


def words(connection: Connection, book: RuleBook) -> Iterator[Problem]:
    """Each word that does not occur, wherever it stands, with the nearest that does."""
    uses: dict[str, list[_Use]] = {}
    rules: list[Rule] = [*book.segments.values(), *book.campaigns.values()]
    for rule in rules:
        for use in _uses(rule):
            uses.setdefault(use.mention.what, []).append(use)
    for what, those in uses.items():
        if what in _KEPT:
            yield from _unheard_of(connection, what, those)


def _uses(rule: Rule) -> Iterator[_Use]:
    for path, part in rule.clause.walk(("audience",)):
        for mention in part.mentions():
            yield _Use(mention, rule.word_place(path, mention.word))


def _unheard_of(connection: Connection, what: str, uses: list[_Use]) -> Iterator[Problem]:
    asked = {fold(use.mention.kept): use.mention.kept for use in uses}
    missing = asked.keys() - _there(connection, what, asked)
    missing -= _ALWAYS.get(what, set())
    if not missing:
        return
    known = _known(connection, what, {asked[word][:_BEGINNING] for word in missing})
    for use in uses:
        if fold(use.mention.kept) in missing:
            near = _nearest(use.mention.kept, known)
            hint = f"did you mean {near!r}?" if near else _listed(known)
            told = _KEPT[what][1].format(repr(use.mention.word))
            yield Problem(use.place, told, hint, "warning" if near else "hint")


def _there(connection: Connection, what: str, asked: dict[str, str]) -> set[str]:
    """Which of the words, folded, the store has."""
    if what == "attribute":
        names = [name for name in asked.values() if _has_attribute(connection, name)]
        return {fold(name) for name in names}
    found: set[str] = set()
    for column in _KEPT[what][0]:
        rest = asked.keys() - found
        if rest:
            text = folded(column)
            found |= set(connection.execute(select(text).where(text.in_(sorted(rest))).distinct()).scalars())
    return found


def _has_attribute(connection: Connection, name: str) -> bool:
    noted = note_text(customer.c.attributes, name).is_not(None)
    return connection.execute(select(1).where(noted).limit(1)).scalar() is not None


def _nearest(word: str, known: list[str]) -> str | None:
    """The nearest of those that begin alike the longest, else of all: 85123B is meant for 85123A."""
    for length in range(len(word) - 1, _BEGINNING - 1, -1):
        near = nearest(word, [one for one in known if one[:length].lower() == word[:length].lower()])
        if near:
            return near
    return nearest(word, known)


def _known(connection: Connection, what: str, beginnings: set[str]) -> list[str]:
    """The words that there are; where there are very many, some, and those with such a beginning."""
    if what == "attribute":
        rows = select(customer.c.attributes).where(customer.c.attributes.is_not(None)).limit(_SAMPLE)
        return sorted({name for held in connection.execute(rows).scalars() for name in held or ()})
    found: set[str] = set()
    for column in _KEPT[what][0]:
        rows = select(column).where(column.is_not(None), column != "").distinct().limit(_NEAR)
        alike = rows.where(func.substr(column, 1, _BEGINNING, type_=String).in_(sorted(beginnings)))
        found.update(connection.execute(alike).scalars())
        found.update(connection.execute(rows).scalars())
    return sorted(found)


def _listed(known: Iterable[str]) -> str:
    listed = list(known)
    more = f" and {len(listed) - _LISTED:,} more" if len(listed) > _LISTED else ""
    return (
        f"the store has {', '.join(listed[:_LISTED])}{more}"
        if listed
        else "nothing of the kind was imported yet"
    )
