"""What explain says of everybody, held against the audience, and against the reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from engine.rules.compiler import Scope
from engine.rules.condition import Condition
from engine.rules.explain import Truth, clauses, select_truths, truth
from engine.store.database import Database
from tests.reference.trials import Trial, answers


def explained_otherwise(
    one: Trial, names: Iterable[str], as_of: datetime, cut: bool, database: Database
) -> Iterator[str]:
    """Each rule of those that explain tells otherwise than the audience or the reference does."""
    scope, world = one.scope(as_of, cut), one.world(as_of, cut)
    for name, rule in one.read({name: one.rules[name] for name in names}).items():
        rooted = world.audience(one.rules[name])
        ids = [each.customer_id for each in one.shop.customers]
        try:
            faults = list(_faults(rule, scope, rooted, ids, database))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            faults = [f"explain fell over: {error!r}"]
        for fault in faults:
            yield f"seed {one.seed}, {name}, as of {as_of.isoformat()}: {fault}\n{one.rules[name]}"


def _faults(
    rule: Condition, scope: Scope, audience: set[str], ids: list[str], database: Database
) -> Iterator[str]:
    with database.read() as connection:
        rows = [dict(row) for row in connection.execute(select_truths(rule, scope, ids)).mappings()]
    parts = {f"t{number}": clause for number, clause in enumerate(clauses(rule, scope))}
    told = {part: {row["customer_id"] for row in rows if row["there"] and row[part]} for part in parts}
    if [
        row["customer_id"] for row in rows if truth(rule, scope, row).holds ^ (row["customer_id"] in audience)
    ]:
        yield "the tree's root is not the audience of the reference"
    for part, found in answers(database, parts, scope).items():
        if told[part] != found:
            yield f"{parts[part].english(scope)!r} is told otherwise than asked, for {told[part] ^ found}"
    if not all(sound(truth(rule, scope, row)) for row in rows):
        yield "a group of the tree is not what its parts make it"


def sound(tree: Truth) -> bool:
    """Whether each group is what its parts make it; a segment under a `none` is told as its opposite."""
    parts = [one.holds for one in tree.children]
    made = {"all": all(parts), "any": any(parts)}.get(tree.joined, tree.holds)
    return made == tree.holds and all(sound(one) for one in tree.children)
