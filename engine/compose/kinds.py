"""What a value in a template is: a text, an amount, an instant; and so what may be asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.compose.known import METHODS, NAMES

#: Methods of texts and fields of `loop` that the sandbox lets through; a test holds them to it.
TEXT_METHODS = tuple(
    "capitalize casefold count endswith find index isalnum isalpha isdecimal isdigit islower isnumeric "
    "isspace isupper join lower lstrip partition removeprefix removesuffix replace rfind rpartition rsplit "
    "rstrip split splitlines startswith strip swapcase title upper".split()
)
LOOP_FIELDS = tuple(
    "changed cycle depth depth0 first index index0 last length nextitem previtem revindex revindex0".split()
)


@dataclass(frozen=True)
class Macro:
    """A part that is called with values: what it takes, and how many of them it cannot do without."""

    name: str
    takes: tuple[str, ...]
    needs: tuple[str, ...]
    is_open: bool = False


@dataclass(frozen=True)
class Module:
    """An imported file: the parts and values in it."""

    path: str
    names: Mapping[str, Kind] = field(default_factory=dict)


#: A record's name (`customer`), `text`, `number`, `amount`, `instant`, `texts` or `loop`; empty: not known.
Kind = str | Macro | Module
Scope = dict[str, Kind]

RECORDS: Mapping[str, tuple[str, ...]] = {name: fields for name, fields in NAMES.items() if fields}
_NUMBERS = frozenset({"customer.orders_count", "message.max_segments", "offer.percent"})
_AMOUNTS = frozenset({"customer.total_spent", "offer.amount", "order.amount", "subscription.monthly_price"})
_INSTANTS = frozenset(
    "customer.birthday customer.created_at order.ordered_at subscription.started_at "
    "subscription.expires_at subscription.cancelled_at offer.expires_at".split()
)
_OTHERS = {
    "customer.tags": "texts",
    "customer.attributes": "",
    "brand.show_tomans": "",
    "offer.free_shipping": "",
}

#: What a filter makes of a value; the ones that are not here make anything.
_MAKES = dict.fromkeys("abs count days_ago days_until float int length round wordcount".split(), "number")
_MAKES |= dict.fromkeys(
    "capitalize date e escape filesizeformat forceescape format indent join lower ltr money number replace "
    "safe string striptags title tojson trim truncate upper urlencode urlize wordwrap".split(),
    "text",
)
_SAME = frozenset({"default", "d"})
_ONE_OF = frozenset({"first", "last", "min", "max"})


def names() -> Scope:
    """What every template knows from the start."""
    return {name: "instant" if name == "now" else name if name in RECORDS else "" for name in NAMES}


def of_field(kind: Kind, name: str) -> Kind:
    """What the field of such a thing is."""
    if isinstance(kind, Module):
        return kind.names.get(name, "")
    if isinstance(kind, Macro) or kind not in RECORDS:
        return "number" if kind == "loop" and name.rstrip("0") in ("index", "revindex", "length") else ""
    full = f"{kind}.{name}"
    if full in _OTHERS or name not in RECORDS[kind]:
        return _OTHERS.get(full, "")
    groups = (("number", _NUMBERS), ("amount", _AMOUNTS), ("instant", _INSTANTS))
    return next((made for made, those in groups if full in those), "text")


def of_item(kind: Kind) -> Kind:
    """What one of several such things is."""
    return "text" if kind in ("texts", "text") else ""


def filtered(kind: Kind, name: str) -> Kind:
    """What the filter makes of it."""
    if name in _SAME:
        return kind
    return of_item(kind) if name in _ONE_OF else _MAKES.get(name, "")


def lacks(kind: Kind, name: str) -> tuple[str, tuple[str, ...]] | None:
    """What the thing is called, and the names that it has, when it can be seen to have no such field."""
    if isinstance(kind, Module):
        return None if name in kind.names else (kind.path, tuple(kind.names))
    if isinstance(kind, Macro) or kind in ("", "texts"):
        return None
    if kind in RECORDS:
        return None if name in RECORDS[kind] or name in METHODS else (kind, RECORDS[kind])
    if kind == "loop":
        return None if name in LOOP_FIELDS else ("loop", LOOP_FIELDS)
    if kind in ("text", "instant"):
        return None if name in TEXT_METHODS else ("a text", TEXT_METHODS)
    return "a number", ()
