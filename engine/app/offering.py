"""Verbs about offers and their codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.app.ground import Ground
from engine.cycle import promises


class Offering(Ground):
    """What may be asked of offers; nothing here can change the store."""

    def offers(self) -> list[dict[str, Any]]:
        """Each offer with its terms, its codes by state, and how many are left."""
        with self.store.read() as connection:
            return promises.overview(connection, self.book.offers, self.settings)

    def offer_codes(self, name: str, state: str | None = None) -> Iterator[dict[str, Any]]:
        """The codes of an offer, in the order in which they were reserved. Raises YoursToFix."""
        with self.store.read() as connection:
            yield from promises.codes_of(connection, self.book, name, state)
