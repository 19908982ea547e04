"""T1: promises rows of the ledger, as one set, in the transaction of their run."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, String, cast, false, func, literal, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from engine.outbox.transitions import PLAN, delivery, told
from engine.store.types import random_id
from engine.vocabulary import State


def dedupe_key(
    campaign: ColumnElement[Any],
    slot: ColumnElement[Any],
    subject: ColumnElement[Any],
    step: ColumnElement[Any],
    channel: ColumnElement[Any],
    address: ColumnElement[Any],
) -> ColumnElement[str]:
    """`campaign|slot|subject|step|channel|address`, in SQL.

    Slots and subjects may be a shop's own ids: their `%` and `|` are written `%25` and `%7C`, so
    that two different rows never spell one key. The address stands last and needs no such care.
    """
    parts = (campaign, _plain(slot), _plain(subject), cast(step, String), channel, address)
    spelt: ColumnElement[str] = parts[0]
    for part in parts[1:]:
        spelt = spelt.concat(literal("|")).concat(part)
    return spelt


def _plain(text: ColumnElement[Any]) -> ColumnElement[str]:
    return func.replace(func.replace(text, "%", "%25"), "|", "%7C", type_=String)


def enqueue(connection: Connection, rows: Select[Any]) -> None:
    """Plans the selected rows; those promised already, to the same address too, are left alone.

    `rows` names its columns as `delivery` does, at least customer_id, campaign, version, slot,
    channel, template, address, not_before and created_at. The key is computed here, the other
    columns have the ledger's defaults. How many were planned is read from the ledger, not from here.
    """
    given = rows.subquery("promised")
    columns: dict[str, Any] = {column.name: column for column in given.columns}
    for name, default in _defaults().items():
        columns.setdefault(name, default)
    names = ("campaign", "slot", "subject", "step", "channel", "address")
    columns["dedupe_key"] = dedupe_key(*(columns[name] for name in names))
    labelled = [value.label(name) for name, value in columns.items()]
    # SQLite takes ON for a join's, unless a WHERE stands before it.
    chosen = select(*labelled).select_from(given).where(true())
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    promised = insert(delivery).from_select(list(columns), chosen, include_defaults=False)
    planned = connection.execute(promised.on_conflict_do_nothing()).rowcount
    told(PLAN, max(planned, 0))


def _defaults() -> dict[str, ColumnElement[Any]]:
    return {
        "delivery_id": random_id(),
        "subject": literal(""),
        "step": literal(0),
        "kind": literal("marketing"),
        "topic": literal(""),
        "priority": literal(50),
        "promise": literal("at_most_once"),
        "state": literal(State.PLANNED.value),
        "epoch": literal(0),
        "attempts": literal(0),
        "dup_risk": false(),
    }
