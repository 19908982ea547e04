"""How many codes an offer still has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from engine.offers import pool
from engine.offers.terms import Terms
from engine.store.database import table
from engine.store.replies import Code

code = table(Code)

#: Below this part of what there was, an offer is running out.
_LOW = 0.1
RETURNED = "returned"


@dataclass(frozen=True)
class Stock:
    """`given` codes are reserved or issued; `left` is None where there is no end."""

    given: int
    left: int | None

    @property
    def low(self) -> bool:
        """Whether it is running out."""
        return self.left is not None and self.left < _LOW * (self.left + self.given)


def stock(connection: Connection, terms: Terms) -> Stock:
    """What is given and what is left. Raises YoursToFix where a pool cannot be read."""
    mine = (code.c.offer == terms.name, code.c.state != RETURNED)
    given = connection.execute(select(func.count()).where(*mine)).scalar_one()
    ends = [] if terms.budget is None else [max(terms.budget - given, 0)]
    if terms.pool is not None:
        ends.append(sum(len(batch) for batch in free(connection, terms)))
    return Stock(given, min(ends, default=None))


def free(connection: Connection, terms: Terms) -> Iterator[list[str]]:
    """The codes of the pool that nobody has, batch by batch, each once."""
    assert terms.pool is not None
    seen = set[str]()
    for batch in pool.batches(terms.pool):
        wanted = [one for one in dict.fromkeys(batch) if one not in seen]
        seen.update(wanted)
        taken = _taken(connection, terms.name, wanted)
        yield [one for one in wanted if one not in taken]


def _taken(connection: Connection, offer: str, codes: Collection[str]) -> set[str]:
    mine = (code.c.offer == offer, code.c.code.in_(codes), code.c.state != RETURNED)
    return set(connection.execute(select(code.c.code).where(*mine)).scalars())
