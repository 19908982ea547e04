"""The customer who is asked about, those who share an address, and who was meant by an unknown id."""

from __future__ import annotations

import difflib
import re
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from engine.errors import YoursToFix
from engine.policy.gates import customer
from engine.rules.facts import Few
from engine.text import fold

#: How many ids on either side of an unknown one are looked at.
_NEAR = 100
_ZEROS = re.compile(r"(?<!\d)0+")
_NUMBERED = re.compile(r"(\D*)(\d+)")
_LETTERS = "abcdefghijklmnopqrstuvwxyz-_ "
#: What is further off than this was not meant.
_FAR = 0.41
#: So many who share an address are listed in a statement; more are looked up in it.
_LISTED = 200


def asked(connection: Connection, customer_id: str) -> Any:
    """The customer's row. Raises YoursToFix, which names the nearest ids."""
    row = connection.execute(select(customer).where(is_text(customer.c.customer_id, customer_id))).first()
    if row is not None:
        return row
    raise YoursToFix(f"there is no customer {shown(customer_id)}{_hint(connection, customer_id)}")


def sharers(connection: Connection, row: Any) -> Few:
    """The customer, whoever has the same address or phone number, who shares one with those, and so on.

    What a plan decides of one of them hangs on the others, and on nobody else.
    """
    own = (customer.c.customer_id, customer.c.email_address, customer.c.phone_address)
    reached = select(*own).where(customer.c.customer_id == row.customer_id).cte("reached", recursive=True)
    other = customer.alias("sharer")
    same = or_(
        other.c.email_address == reached.c.email_address, other.c.phone_address == reached.c.phone_address
    )
    theirs = select(other.c.customer_id, other.c.email_address, other.c.phone_address)
    reached = reached.union(theirs.join_from(reached, other, same))
    found = select(reached.c.customer_id)
    ids = sorted(connection.execute(found.limit(_LISTED)).scalars())
    return found if len(ids) == _LISTED else ids


def shown(customer_id: str) -> str:
    """The id in quotes, as it can be printed anywhere."""
    return repr(customer_id.encode("utf-8", "replace").decode())


def _hint(connection: Connection, wanted: str) -> str:
    mail = select(customer.c.customer_id).where(is_text(customer.c.email_address, wanted.strip().lower()))
    owners = list(connection.execute(mail.order_by(customer.c.customer_id).limit(3)).scalars())
    if owners:
        return f"; that is the address of {' and '.join(shown(one) for one in owners)}"
    close = nearest(connection, wanted)
    if close:
        return f"; did you mean {' or '.join(shown(one) for one in close)}?"
    return "" if _anybody(connection) else ": no customers have been imported yet"


def nearest(connection: Connection, wanted: str) -> list[str]:
    """Up to three ids that look like that one, digits of any script alike."""
    plain = fold(wanted).strip().encode("utf-8", "ignore").decode()
    if not plain:
        return []
    found: dict[str, str] = {}
    for word in dict.fromkeys((plain, plain.upper(), plain.lower(), wanted.strip())):
        for one in _beside(connection, word):
            found.setdefault(fold(one).lower(), one)
    for one in _ending(connection, plain):
        found.setdefault(fold(one).lower(), one)
    for one in _padded(connection, plain, list(found.values())):
        found.setdefault(fold(one).lower(), one)
    scored = sorted((_distance(key, plain.lower()), key) for key in found)
    return [found[key] for distance, key in scored if distance < _FAR][:3]


def _distance(one: str, wanted: str) -> float:
    """From 0, the same, to 1; leading zeros, and letters before a bare number, make no difference."""
    bare = _ZEROS.sub("", one)
    same = _ZEROS.sub("", wanted) in (bare, bare.lstrip(_LETTERS))
    return 0 if same else 1 - difflib.SequenceMatcher(None, wanted, one).ratio()


def _padded(connection: Connection, word: str, like: list[str]) -> list[str]:
    """The ids of that number, written with as many zeros as others are: `C00017` for `c17`."""
    number = _NUMBERED.fullmatch(word)
    forms = {_NUMBERED.fullmatch(one) for one in like} if number else set()
    if number is None:
        return []
    tried = {f"{form[1]}{number[2].zfill(len(form[2]))}" for form in forms if form}
    own = customer.c.customer_id
    return list(connection.execute(select(own).where(own.in_(sorted(tried)[:_NEAR]))).scalars())


def _beside(connection: Connection, word: str) -> list[str]:
    """The ids that come just before and after it in order."""
    own = customer.c.customer_id
    if not _encodes(word):
        return []
    after = select(own).where(own >= word).order_by(own).limit(_NEAR)
    before = select(own).where(own < word).order_by(own.desc()).limit(_NEAR)
    return [*connection.execute(before).scalars(), *connection.execute(after).scalars()]


def _ending(connection: Connection, word: str) -> list[str]:
    """Ids that differ in their beginning only: a wrong first letter, zeros that were left out."""
    own = customer.c.customer_id
    tail = word.lstrip("0") or word
    ends = func.substr(own, func.length(own) - len(tail) + 1) == tail
    first = and_(func.length(own) == len(word), func.substr(own, 2) == word[1:]) if len(word) > 2 else ends
    return list(connection.execute(select(own).where(or_(ends, first)).limit(_NEAR)).scalars())


def _anybody(connection: Connection) -> bool:
    return connection.execute(select(customer.c.customer_id).limit(1)).first() is not None


def _encodes(text: str) -> bool:
    """Whether a database can be asked for it: bytes of a terminal that are no UTF-8 cannot."""
    try:
        return "\0" not in text and bool(text.encode())
    except UnicodeEncodeError:
        return False


def is_text(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether the column is that text; of a text that no database can be asked for, never."""
    return column == text if _encodes(text) else column.is_(None) & column.is_not(None)
