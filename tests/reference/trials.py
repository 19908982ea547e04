"""One trial: a random shop and random rules; what the reference says of them, and what the engine says."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.document import Document
from engine.rules.compiler import Scope, select_verdicts
from engine.rules.condition import Condition, Reading, parse
from engine.store.database import Database
from tests.reference import ledger, people, purchases, ranks  # noqa: F401 (the meanings)
from tests.reference.loading import calendar
from tests.reference.pools import BRANDS
from tests.reference.rules import known, random_rule, random_segments
from tests.reference.shop import Shop
from tests.reference.shops import Maker, random_instants, random_shop
from tests.reference.tests_of import Drawer
from tests.reference.world import World


@dataclass(frozen=True)
class Trial:
    """A shop, the rules that it is asked, the instants at which, and whether the ledger is cut there."""

    seed: int
    shop: Shop
    rules: Mapping[str, Any]
    segments: Mapping[str, Any]
    instants: tuple[tuple[datetime, bool], ...]

    def scope(self, as_of: datetime, cut: bool) -> Scope:
        brand = self.shop.brand
        return Scope(as_of, calendar(brand), brand.currency, cut, self.read(self.segments))

    def read(self, rules: Mapping[str, Any]) -> dict[str, Condition]:
        """The rules as the engine reads them."""
        reading = Reading(calendar(self.shop.brand), self.shop.brand.currency)
        return {name: parse(Document(name, rule, {}, {}), (), reading) for name, rule in rules.items()}

    def world(self, as_of: datetime, cut: bool) -> World:
        return World(self.shop, as_of, self.segments, cut)


def trial(seed: int, rules: int = 50, instants: int = 5, customers: int = 60) -> Trial:
    """The same trial for the same seed, as long as the registry's conditions are the same."""
    dice = random.Random(seed)
    brand = dice.choice(BRANDS)
    maker = Maker(dice, brand, random_instants(dice, brand, instants))
    shop = random_shop(maker, customers)
    draw, keys = Drawer(maker), known()
    segments = random_segments(draw, keys)
    made = {f"rule {n}": random_rule(draw, keys, list(segments)) for n in range(rules)}
    asked = tuple((one, dice.random() < 0.5) for one in maker.instants)
    return Trial(seed, shop, made, segments, asked)


def answers(database: Database, rules: Mapping[str, Condition], scope: Scope) -> dict[str, set[str]]:
    """What the engine says of all the rules, in one statement."""
    found: dict[str, set[str]] = {name: set() for name in rules}
    with database.read() as connection:
        for row in connection.execute(select_verdicts(rules, scope)).mappings():
            for name in rules:
                if row[name]:
                    assert row["customer_id"] not in found[name], "a customer found twice"
                    found[name].add(row["customer_id"])
    return found
