"""Each gate refuses for its own reason, in the written order, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, literal, select

from engine.durations import Calendar, Duration
from engine.policy.entry import Entry, Moment
from engine.policy.gates import DECISION, funnel
from engine.policy.guards import Limits, contactable, data_as_of, held
from engine.policy.recheck import recheck
from engine.settings import Cap, Policy
from engine.store.campaigns import Enrollment
from engine.store.database import Database, table
from engine.store.history import ImportRecord, Order
from engine.store.ledger import Delivery
from engine.store.people import Consent, Customer, Suppression
from engine.vocabulary import Channel, State

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
customer = table(Customer)
ENTRY = Entry("win-back", "2026-07-01T10:00", "v1", Channel.EMAIL, "win-back")
CAPPED = Policy(caps=(Cap(max=2, per=Duration(7, "day")),))


def moment(policy: Policy | None = None, cut: bool = False) -> Moment:
    return Moment(NOW, policy or Policy(consent="assumed"), Calendar(), cut)


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    found = Database(store_url)
    yield found
    found.close()


def put(database: Database, model: Any, *rows: dict[str, Any]) -> None:
    with database.write() as connection:
        for row in rows:
            connection.execute(table(model).insert().values(row))


def person(name: str, **more: Any) -> dict[str, Any]:
    address = f"{name}@example.com"
    return {"customer_id": name, "email": address, "email_address": address, "bucket": 1} | more


def delivery(name: str, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"customer_id": name, "dedupe_key": f"k-{name}-{len(more)}{more.get('slot', '')}"}
    row |= {"delivery_id": f"d-{name}-{len(more)}{more.get('slot', '')}"}
    row |= {"campaign": "other", "version": "v", "slot": "s", "channel": "email", "template": "t"}
    row |= {"address": f"{name}@example.com", "state": "accepted", "not_before": NOW - DAY}
    return row | {"created_at": NOW - DAY, "sent_at": NOW - DAY} | more


def decide(connection: Connection, entry: Entry, at: Moment) -> dict[str, str | None]:
    everyone = select(customer.c.customer_id, literal("").label("subject")).subquery()
    statement = funnel(entry, everyone, at)
    connection.execute(
        DECISION.insert().from_select([str(c.key) for c in statement.selected_columns], statement)
    )
    rows = select(DECISION.c.customer_id, DECISION.c.reason).where(DECISION.c.campaign == entry.campaign)
    return {row.customer_id: row.reason for row in connection.execute(rows)}


def ask(database: Database, entry: Entry = ENTRY, at: Moment | None = None) -> dict[str, str | None]:
    with database.read(DECISION) as connection:
        return decide(connection, entry, at or moment())


def test_nobody_is_refused_without_a_reason(database: Database) -> None:
    put(database, Customer, person("ann"), person("bob"))
    assert ask(database) == {"ann": None, "bob": None}


def test_no_usable_address(database: Database) -> None:
    put(database, Customer, person("ann", email_address=None), person("bob"))
    assert ask(database) == {"ann": "no_address", "bob": None}
    assert ask(database, replace(ENTRY, channel=Channel.SMS)) == dict.fromkeys(("ann", "bob"), "no_address")


def test_consent_is_asked_for_marketing_only(database: Database) -> None:
    put(database, Customer, person("yes"), person("no"), person("silent"))
    said = {"channel": "email", "topic": "", "at": NOW - DAY}
    put(database, Consent, {"customer_id": "yes", "status": "subscribed", **said})
    put(database, Consent, {"customer_id": "no", "status": "unsubscribed", **said})
    explicit, assumed = moment(Policy(consent="explicit")), moment(Policy(consent="assumed"))
    assert ask(database, at=explicit) == {"yes": None, "no": "no_consent", "silent": "no_consent"}
    assert ask(database, at=assumed) == {"yes": None, "no": "no_consent", "silent": None}
    assert set(ask(database, replace(ENTRY, kind="transactional"), explicit).values()) == {None}


def test_a_suppressed_address_is_never_used(database: Database) -> None:
    put(database, Customer, person("ann"), person("bob"))
    put(database, Suppression, {"channel": "email", "address": "ann@example.com", "at": NOW})
    transactional = replace(ENTRY, kind="transactional")
    for entry in (ENTRY, transactional):
        assert ask(database, entry) == {"ann": "suppressed", "bob": None}
    assert ask(database, at=moment(cut=True)) == {"ann": None, "bob": None}, "it was not yet, at that instant"


def test_one_message_to_a_shared_address_for_whoever_ordered_last(database: Database) -> None:
    shared = {"email_address": "home@example.com"}
    put(database, Customer, *(person(name, **shared) for name in ("ann", "bob", "cid")), person("dan"))
    order = {"order_id": "1", "amount": 1, "currency": "EUR", "status": "completed"}
    put(database, Order, {"customer_id": "bob", "ordered_at": NOW - 3 * DAY, **order})
    put(database, Order, {"customer_id": "ann", "ordered_at": NOW - 5 * DAY, **order})
    put(database, Order, {"customer_id": "cid", "ordered_at": NOW + DAY, **order})
    duplicate = "duplicate_address"
    assert ask(database) == {"ann": duplicate, "bob": None, "cid": duplicate, "dan": None}
    put(database, Consent, {"customer_id": "bob", "channel": "email", "topic": "", "at": NOW - DAY,
                            "status": "unsubscribed"})  # fmt: skip
    assert ask(database) == {"ann": None, "bob": "no_consent", "cid": duplicate, "dan": None}


def enrollment(name: str, days: int, state: str = "finished", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "customer_id": name,
        "campaign": "win-back",
        "subject": "",
        "slot": "old",
        "version": "v",
    }
    row |= {"state": state, "step": 0, "address": f"{name}@example.com", "entered_at": NOW - days * DAY}
    return row | more


@pytest.mark.parametrize(
    ("reenter", "back"),
    [
        ("never", set()),
        ("always", {"month", "week"}),
        (Duration(7, "day"), {"month", "week"}),
        (Duration(8, "day"), {"month"}),
    ],
)
def test_who_was_in_comes_back_when_the_rule_says(database: Database, reenter: Any, back: set[str]) -> None:
    people = ("week", "month", "inside", "held", "new")
    put(database, Customer, *(person(name) for name in people))
    put(database, Enrollment, enrollment("week", 7), enrollment("month", 30))
    put(database, Enrollment, enrollment("inside", 90, "active"), enrollment("held", 90, "holdout"))
    found = ask(database, replace(ENTRY, reenter=reenter))
    assert {name for name, reason in found.items() if reason is None} == back | {"new"}
    assert {reason for reason in found.values() if reason} <= {"already_enrolled"}


def test_an_address_that_was_enrolled_through_somebody_else(database: Database) -> None:
    put(database, Customer, person("new", email_address="home@example.com"), person("bob"))
    put(database, Enrollment, enrollment("gone", 30, address="home@example.com"))
    assert ask(database) == {"new": "already_enrolled", "bob": None}


def test_the_cap_counts_what_was_sent_what_waits_and_this_cycle(database: Database) -> None:
    put(database, Customer, *(person(name) for name in ("two", "one", "old", "service", "failed")))
    sent = {"sent_at": NOW - 6 * DAY}
    put(database, Delivery, delivery("two"), delivery("two", state="planned", sent_at=None))
    put(database, Delivery, delivery("one"))
    put(database, Delivery, *(delivery("old", sent_at=NOW - 7 * DAY, slot=n) for n in "ab"))
    put(database, Delivery, *(delivery("service", kind="transactional", slot=n) for n in "ab"))
    put(database, Delivery, *(delivery("failed", state="failed", slot=n, **sent) for n in "ab"))
    at = moment(CAPPED.model_copy(update={"consent": "assumed"}))
    with database.read(DECISION) as connection:
        first = decide(connection, replace(ENTRY, campaign="a"), at)
        second = decide(connection, replace(ENTRY, campaign="b"), at)
        third = decide(connection, replace(ENTRY, campaign="c", kind="transactional"), at)
    full = "frequency_cap"
    assert first == {"two": full, "one": None, "old": None, "service": None, "failed": None}
    assert second == {"two": full, "one": full, "old": None, "service": None, "failed": None}
    assert set(third.values()) == {None}


def test_holdouts_are_sticky_near_their_share_and_grow_with_it(database: Database) -> None:
    buckets = [number * 2_147_483 for number in range(1000)]
    put(database, Customer, *(person(f"c{n:04}", bucket=bucket) for n, bucket in enumerate(buckets)))
    held_at = {}
    for percent in (10, 30):
        found = ask(database, replace(ENTRY, holdout=Decimal(percent)))
        held_at[percent] = {name for name, reason in found.items() if reason == "holdout"}
        assert abs(len(held_at[percent]) - 10 * percent) < 60
    assert held_at[10] < held_at[30]
    other = ask(database, replace(ENTRY, campaign="other", holdout=Decimal(30)))
    assert {name for name, reason in other.items() if reason} != held_at[30]
    everywhere = ask(database, at=moment(Policy(consent="assumed", holdout=Decimal(100))))
    assert set(everywhere.values()) == {"holdout"}


def test_the_first_gate_that_refuses_gives_the_reason(database: Database) -> None:
    put(database, Customer, person("ann", email_address=None))
    put(database, Enrollment, enrollment("ann", 1))
    assert ask(database) == {"ann": "already_enrolled"}


def test_a_large_share_is_held_and_a_small_base_is_not(database: Database) -> None:
    put(database, Customer, *(person(f"c{n:03}") for n in range(200)), person("x", email_address=None))
    with database.read() as connection:
        assert contactable(connection, ENTRY, moment()) == 200
        why = held(connection, ENTRY, Limits(), moment(), 41, None)
        assert why == "41 of 200 people who can be reached is 20%, more than policy.max_share of 20%"
        assert held(connection, ENTRY, Limits(), moment(), 40, None) is None
        assert held(connection, ENTRY, Limits(max_share=Decimal(50)), moment(), 41, None) is None
        assert held(connection, ENTRY, Limits(max_audience=300), moment(), 200, None) is None
        too_many = held(connection, ENTRY, Limits(max_audience=30), moment(), 31, None)
        assert too_many == "31 people is more than its max_audience of 30"


def test_old_data_holds_marketing(database: Database) -> None:
    record = {"kind": "orders", "file": "f", "kept": 1, "left_out": 0}
    put(database, ImportRecord, {"finished_at": NOW - 4 * DAY, **record})
    put(database, ImportRecord, {"finished_at": NOW, **record, "kind": "customers"})
    with database.read() as connection:
        fresh = data_as_of(connection)
        assert fresh == NOW - 4 * DAY
        why = held(connection, ENTRY, Limits(), moment(), 1, fresh)
        assert why is not None
        assert "4 days ago" in why
        transactional = replace(ENTRY, kind="transactional")
        assert held(connection, transactional, Limits(), moment(), 1, fresh) is None


def test_the_last_moment_asks_again(database: Database) -> None:
    put(
        database,
        Customer,
        *(person(name) for name in ("ok", "stop", "gone", "full")),
        person("night", timezone="Asia/Tokyo"),
    )
    names = ("ok", "stop", "gone", "full", "night", "erased")
    put(database, Delivery, *(delivery(name, state=State.CLAIMED, sent_at=None) for name in names))
    put(database, Suppression, {"channel": "email", "address": "stop@example.com", "at": NOW})
    put(database, Consent, {"customer_id": "gone", "channel": "email", "topic": "", "at": NOW - DAY,
                            "status": "unsubscribed"})  # fmt: skip
    put(database, Delivery, *(delivery("full", slot=n, dedupe_key=n, delivery_id=n) for n in "ab"))
    at = moment(CAPPED.model_copy(update={"consent": "assumed"}))
    with database.read() as connection:
        keys = [(name, f"k-{name}-2") for name in names]
        found = {key[0]: decision for key, decision in recheck(connection, keys, at).items()}
    assert found["ok"].allow
    assert (found["stop"].state, found["stop"].reason) == (State.SUPPRESSED, "suppressed")
    assert (found["gone"].state, found["gone"].reason) == (State.SKIPPED, "no_consent")
    assert (found["full"].state, found["full"].reason) == (State.SKIPPED, "frequency_cap")
    assert found["night"].until == datetime(2026, 7, 1, 23, tzinfo=UTC)
    assert found["erased"].state == State.CANCELLED
