"""Each invariant is found broken where it is, and only there; on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.cycle.doctor.invariant import Invariant
from engine.cycle.doctor.rounds import in_order
from engine.store.database import Database, table
from engine.store.replies import ProviderEvent
from engine.store.types import to_millis
from tests.doctor.clinic import ask, broken, patient, sound
from tests.outbox.shop import NOW

#: What a fault of ours would leave behind: the invariants that break by it, and the words that tell it.
#: `{now}` is the moment of the sound ledger's run, as the database writes it.
DAMAGE: dict[str, tuple[str, dict[str, str]]] = {
    "a row more than people": (
        'UPDATE run SET funnel = \'{{"will_send": 9, "deferred": {{"quiet_hours": 2}}}}\'',
        {"i1_whole_audience": "1 run: more or fewer rows than people"},
    ),
    "rows of no run": ("DELETE FROM run", {"i1_whole_audience": "1 slot: with rows, and without a run"}),
    "late and unsettled": (
        "UPDATE delivery SET send_by = {hour_ago} WHERE customer_id = 'c10' AND state = 'planned'",
        {"i1_whole_audience": "1 message: unsettled past its send_by"},
    ),
    "sent twice": (
        (
            "INSERT INTO attempt (customer_id, dedupe_key, epoch, token, owner, started_at, ended_at,"
            " verdict) SELECT customer_id, dedupe_key, 0, 'again', owner, started_at, ended_at, 'accepted'"
            " FROM attempt WHERE verdict = 'accepted' AND customer_id IN (SELECT customer_id FROM delivery"
            " WHERE state = 'accepted' ORDER BY customer_id LIMIT 1)"
        ),
        {
            "i2_accepted_once": "1 message: promised at most once, and accepted more than once",
            "i3_flagged": "1 message: gone out more than once, without dup_risk",
        },
    ),
    "accepted without an answer": (
        "UPDATE attempt SET verdict = 'later' WHERE verdict = 'accepted'",
        {"i4_states_are_true": "3 messages: accepted, and nothing shows it"},
    ),
    "failed, and the provider has it": (
        "UPDATE attempt SET verdict = 'accepted' WHERE verdict = 'refused'",
        {"i4_states_are_true": "1 message: not sent, and the provider has it"},
    ),
    "written to after a STOP": (
        (
            "INSERT INTO suppression (channel, address, reason, at, source) SELECT channel, address,"
            " 'opted_out', {hour_ago}, 'provider' FROM delivery WHERE state = 'accepted'"
        ),
        {"i5_opt_outs": "4 messages: begun after the address was suppressed"},
    ),
    "written to after leaving": (
        (
            "INSERT INTO consent (customer_id, channel, topic, at, status, seq, source) SELECT"
            " customer_id, 'email', '', {hour_ago}, 'unsubscribed', 0, 'unsubscribe' FROM delivery"
            " WHERE state = 'accepted'"
        ),
        {"i5_opt_outs": "4 messages: begun after the customer had opted out"},
    ),
    "over the cap": (
        (
            "UPDATE attempt SET customer_id = 'c0' WHERE dedupe_key IN (SELECT dedupe_key FROM delivery WHERE"
            " state = 'accepted'); UPDATE provider_event SET customer_id = 'c0';"
            " UPDATE delivery SET customer_id = 'c0' WHERE state = 'accepted'"
        ),
        {"i6_caps": "2 messages: begun although 2 had gone to that person within 7 days"},
    ),
    "an epoch that fell": (
        "UPDATE delivery SET epoch = 0 WHERE state = 'failed'",
        {"i7_epochs": "1 attempt: of a later claim than its message's"},
    ),
    "an attempt that stays open": (
        "UPDATE attempt SET ended_at = NULL WHERE verdict = 'later'",
        {"i7_epochs": "1 attempt: open, and nobody is at it"},
    ),
    "sending, and nobody sends": (
        "UPDATE delivery SET state = 'sending', owner = 'me' WHERE customer_id = 'c10'",
        {"i7_epochs": "1 message: on its way without an open attempt"},
    ),
    "held by nobody": (
        "UPDATE delivery SET state = 'claimed', owner = NULL WHERE customer_id = 'c10'",
        {"i7_epochs": "1 message: in nobody's hands, so that nobody lets go of it"},
    ),
    "another code": (
        (
            "INSERT INTO code (customer_id, dedupe_key, offer, code, state, reserved_at) SELECT customer_id,"
            " dedupe_key, 'ten', 'TEN', 'reserved', {hour_ago} FROM delivery WHERE customer_id = 'c10';"
            " UPDATE delivery SET offer_code = 'ELEVEN' WHERE customer_id = 'c10'"
        ),
        {"i8_codes": "1 message: with another code than is kept for it"},
    ),
    "a code that is kept": (
        (
            "INSERT INTO code (customer_id, dedupe_key, offer, code, state, reserved_at) SELECT customer_id,"
            " dedupe_key, 'ten', 'TEN', 'reserved', {hour_ago} FROM delivery WHERE state = 'cancelled';"
            " UPDATE delivery SET settled_at = {hour_ago} WHERE state = 'cancelled'"
        ),
        {"i8_codes": "1 message: never sent, and keeping its code"},
    ),
    "a code that is given for nothing": (
        (
            "INSERT INTO code (customer_id, dedupe_key, offer, code, state, reserved_at) SELECT customer_id,"
            " dedupe_key, 'ten', 'TEN', 'issued', {hour_ago} FROM delivery WHERE state = 'failed'"
        ),
        {"i8_codes": "1 message: never sent, and its code counts as given"},
    ),
    "two codes": (
        (
            "INSERT INTO code (customer_id, dedupe_key, offer, code, state, reserved_at) SELECT customer_id,"
            " dedupe_key, 'ten', 'TEN', 'reserved', {hour_ago} FROM delivery WHERE customer_id = 'c10';"
            "INSERT INTO code (customer_id, dedupe_key, offer, code, state, reserved_at) SELECT customer_id,"
            " dedupe_key, 'five', 'FIVE', 'reserved', {hour_ago} FROM delivery WHERE customer_id = 'c10'"
        ),
        {"i8_codes": "1 message: with several codes"},
    ),
    "a state that there is not": (
        "UPDATE delivery SET state = 'lost' WHERE customer_id = 'c10' AND state = 'planned'",
        {"i9_totals": "1 message: with a word that no total has"},
    ),
    "no unique keys": (
        "DROP INDEX ux_delivery_dedupe_key",
        {"i0_one_row": "nothing keeps delivery.dedupe_key unique"},
    ),
}


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    sound(opened)
    yield opened
    opened.close()


CAPS: dict[str, Any] = {"policy": {"caps": [{"max": 2, "per": "7 days"}, {"max": 9, "per": "1 month"}]}}


def damage(database: Database, *statements: str) -> None:
    hour_ago = NOW - timedelta(hours=1)
    written = str(to_millis(hour_ago)) if database.is_sqlite else f"'{hour_ago.isoformat()}'"
    with database.write() as connection:
        for statement in statements:
            for one in statement.format(hour_ago=written).split(";"):
                connection.exec_driver_sql(one)


def test_a_sound_ledger_is_well(database: Database, tmp_path: Path) -> None:
    asked = patient(database, tmp_path, **CAPS)
    assert {name for name, kind in in_order() if issubclass(kind, Invariant)} == {
        name for name, _ in in_order() if name[:2] in {f"i{number}" for number in range(10)}
    }
    assert broken(asked) == {}


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize("fault", DAMAGE)
def test_each_fault_breaks_its_invariant_and_no_other(database: Database, tmp_path: Path, fault: str) -> None:
    statement, expected = DAMAGE[fault]
    damage(database, statement)
    found = broken(patient(database, tmp_path, **CAPS))
    assert found == {name: [words] for name, words in expected.items()}


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_between_a_start_and_the_next_stop_a_message_is_right(database: Database, tmp_path: Path) -> None:
    damage(database, DAMAGE["written to after a STOP"][0])
    rows = [("restarted", NOW - timedelta(minutes=30)), ("stopped", NOW + timedelta(minutes=1))]
    with database.write() as connection:
        people = connection.exec_driver_sql("SELECT customer_id FROM delivery WHERE state = 'accepted'")
        told = [
            {
                "customer_id": name,
                "fingerprint": kind,
                "channel": "email",
                "kind": kind,
                "at": at,
                "received_at": at,
            }
            for (name,) in people.all()
            for kind, at in rows
        ]
        connection.execute(table(ProviderEvent).insert(), told)
    assert broken(patient(database, tmp_path)) == {}


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_on_postgresql_each_fault_is_found_as_well(database: Database, tmp_path: Path) -> None:
    asked = patient(database, tmp_path, **CAPS)
    for statement, expected in DAMAGE.values():
        damage(database, "CREATE SCHEMA IF NOT EXISTS kept", *_kept(), statement)
        found = {name: [one.found for one in ask(name, asked)] for name in expected}
        assert found == {name: [words] for name, words in expected.items()}
        damage(database, *_brought_back())
    assert broken(asked) == {"i0_one_row": ["nothing keeps delivery.dedupe_key unique"]}


_TABLES = ("delivery", "attempt", "run", "suppression", "consent", "code", "provider_event")


def _kept() -> list[str]:
    return [f"CREATE TABLE kept.{name} AS TABLE {name}" for name in _TABLES]


def _brought_back() -> list[str]:
    return [
        statement
        for name in _TABLES
        for statement in (
            f"TRUNCATE {name}", f"INSERT INTO {name} SELECT * FROM kept.{name}", f"DROP TABLE kept.{name}",
        )
    ]  # fmt: skip
