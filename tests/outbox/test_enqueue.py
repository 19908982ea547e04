"""T1: one row per promise, whoever asks and however often."""

from itertools import product

from sqlalchemy import literal, select

from engine.outbox.enqueue import dedupe_key
from engine.store.database import Database
from tests.outbox import shop


def test_a_promise_is_made_once(database: Database) -> None:
    shop.fill(database, 3)
    with database.write() as connection:
        shop.promise(connection)
    with database.write() as connection:
        shop.promise(connection, slot="2026-03-03T10:00")
    keys = [row.dedupe_key for row in shop.rows(database)]
    assert len(keys) == len(set(keys)) == 6
    assert "hello|2026-03-02T10:00||0|email|c1@example.com" in keys


def test_the_ledger_fills_in_what_is_not_given(database: Database) -> None:
    shop.fill(database, 2)
    first, second = shop.rows(database)
    assert (first.state, first.epoch, first.attempts, first.dup_risk) == ("planned", 0, 0, False)
    assert (first.priority, first.promise, first.kind) == (50, "at_most_once", "marketing")
    assert first.owner is first.reason is first.sent_at is None
    assert first.delivery_id != second.delivery_id


def test_one_address_is_promised_one_message_whoever_has_it(database: Database) -> None:
    shop.fill(database, 2)
    with database.write() as connection:
        connection.execute(shop.customer.update().values(email_address="shared@example.com"))
        shop.promise(connection, campaign="other")
    assert [row.campaign for row in shop.rows(database)].count("other") == 1


def test_different_promises_never_spell_one_key(database: Database) -> None:
    """Slots and subjects are a shop's own ids and may hold anything."""
    odd = ["", "a", "|", "a|", "|a", "%", "%7C", "a%7C", "%257C", "1|email|x"]
    with database.read() as connection:
        spelt = [
            connection.execute(
                select(
                    dedupe_key(
                        literal("c"),
                        literal(slot),
                        literal(subject),
                        literal(1),
                        literal("sms"),
                        literal("+1"),
                    )
                )
            ).scalar_one()
            for slot, subject in product(odd, odd)
        ]
    assert len(set(spelt)) == len(odd) ** 2
