"""How long the values can be that a letter is filled with: as measured in a store, else as assumed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.compose.links import Links
from engine.settings import Settings

#: By field, the length that is assumed where nothing was measured; docs/templates.md has this table.
ASSUMED = {
    "customer.id": 20,
    "customer.email": 40,
    "customer.phone": 16,
    "customer.first_name": 15,
    "customer.last_name": 20,
    "customer.city": 20,
    "customer.country": 2,
    "customer.language": 5,
    "customer.timezone": 30,
    "customer.tags": 15,
    "order.id": 20,
    "subscription.id": 20,
    "subscription.kind": 12,
    "subscription.plan": 20,
    "subscription.status": 9,
}
#: Any other value: an attribute, a field of an offer or an event.
OTHERS = 20
#: How often a loop runs whose list is not written out.
TURNS = 5
#: A number, and an amount in the smallest unit of a currency with so many decimals.
NUMBER = "99999"
AMOUNTS = {0: "99999999", 2: "9999999", 3: "99999999"}
#: Persian letters stand for a name in a Persian letter.
_NAMES = frozenset({"customer.first_name", "customer.last_name", "customer.city"})
_ID, _DAY, _INSTANT = "f" * 32, "1990-09-30", "2026-09-30T22:30:00.000Z"


@dataclass(frozen=True)
class Audience:
    """What a store says of the people whom a letter is for; `check` works without it too."""

    total: int = 0
    #: By `customer.field`, the longest values that there are.
    longest: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: By `customer.field`, how many of them lack it.
    lacking: Mapping[str, int] = field(default_factory=dict)
    #: How many there are of each language; the empty one stands for those whose language is not known.
    languages: Mapping[str, int] = field(default_factory=dict)

    def shares(self) -> dict[str, str]:
        """By field, what part lacks it, in words; empty where nobody does."""
        return {name: self._share(number) for name, number in self.lacking.items()}

    def _share(self, number: int) -> str:
        if not number or not self.total:
            return ""
        return f"{share(number, self.total)} of {self.total:,} have none"


def share(number: int, total: int) -> str:
    """`12%`; what is less than one per cent is not nothing."""
    return f"{100 * number // total}%" if 100 * number >= total else "less than 1%"


def values(settings: Settings, language: str, audience: Audience | None = None) -> dict[str, Sequence[str]]:
    """By `name.field`, the longest values that a letter in that language can be given."""
    letter = "ن" if language.partition("-")[0] == "fa" else "M"
    assumed: dict[str, Sequence[str]] = {
        name: (("M" if name not in _NAMES else letter) * length,) for name, length in ASSUMED.items()
    }
    brand = settings.brand
    own = {f"brand.{name}": (str(getattr(brand, name)),) for name in _BRAND}
    links = {f"links.{name}": (url,) for name, url in Links(brand.public_url, "").all(_ID).items()}
    days = {f"customer.{name}": (_DAY,) for name in ("birthday", "created_at")}
    return {**assumed, **own, **links, **days, **(audience.longest if audience else {})}


_BRAND = "name postal_address public_url currency locale timezone".split()
