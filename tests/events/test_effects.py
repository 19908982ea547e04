"""What follows from what came back: suppressions, consents that end, campaigns that are paused."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.durations import Calendar
from engine.events.effects import third_in_a_row
from engine.events.rates import complaints
from engine.policy.entry import Moment
from engine.policy.recheck import recheck
from engine.settings import Policy
from engine.store.campaigns import Pause
from engine.store.database import Database, table
from engine.store.people import Consent
from engine.store.suppressions import Reason, suppress
from engine.vocabulary import Channel, Event, EventKind
from tests.events.mail import DAY, READ, event, hand_over, send, suppressed, tell
from tests.outbox import shop
from tests.outbox.shop import NOW

ADDRESS = ("email", "c0@example.com")


def consents(database: Database) -> list[tuple[Any, ...]]:
    rows = table(Consent)
    columns = (rows.c.customer_id, rows.c.channel, rows.c.topic, rows.c.status, rows.c.at, rows.c.source)
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(*columns))]


def pauses(database: Database) -> dict[str, str]:
    rows = table(Pause)
    with database.read() as connection:
        return {row.scope: row.reason for row in connection.execute(select(rows))}


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        (EventKind.BOUNCED, {}, "bounced"),
        (EventKind.BOUNCED, {"bad_address": True}, "invalid_address"),
        (EventKind.REJECTED, {"bad_address": True}, "invalid_address"),
        (EventKind.COMPLAINED, {}, "complained"),
        (EventKind.STOPPED, {}, "opted_out"),
        (EventKind.REJECTED, {}, None),
        (EventKind.SOFT_BOUNCED, {}, None),
        (EventKind.CLICKED, {}, None),
    ],
)
def test_what_suppresses_at_once(
    database: Database, kind: EventKind, more: dict[str, Any], reason: str | None
) -> None:
    row, _ = send(database, 2)
    tell(database, event(kind, row, **more))
    assert suppressed(database) == ({ADDRESS: reason} if reason else {})


@pytest.mark.parametrize(
    ("kind", "reason"), [(EventKind.COMPLAINED, "complained"), (EventKind.STOPPED, "opted_out")]
)
def test_the_next_message_to_a_suppressed_address_is_refused(
    database: Database, kind: EventKind, reason: str
) -> None:
    row, _ = send(database, 2)
    tell(database, event(kind, row))
    with database.write() as connection:
        shop.promise(connection, slot="next")
        rows = connection.execute(select(shop.delivery).where(shop.delivery.c.slot == "next"))
        keys = [(one.customer_id, one.dedupe_key) for one in rows]
        decided = recheck(connection, keys, Moment(NOW, Policy(), Calendar()))
    reasons = {key[0]: decision.reason for key, decision in decided.items()}
    assert reasons["c0"] == reason
    assert reasons["c1"] != reason


@pytest.mark.parametrize(
    ("days", "third"),
    [
        ([0, 1], None),
        ([0, 1, 2], 2),
        ([0, 30, 30], 30),
        ([0, 20, 31], None),
        ([0, 20, 31, 40], 40),
        ([], None),
    ],
)
def test_three_soft_bounces_within_thirty_days(days: list[int], third: int | None) -> None:
    times = [NOW + day * DAY for day in days]
    assert third_in_a_row(list(reversed(times))) == (None if third is None else NOW + third * DAY)
    assert third_in_a_row(times) == (None if third is None else NOW + third * DAY)


def test_an_address_that_bounces_softly_three_times_is_not_used_any_more(database: Database) -> None:
    first = send(database, 1)
    rows = [*first]
    for number in (1, 2):
        with database.write() as connection:
            shop.promise(connection, slot=f"slot {number}")
        rows += hand_over(database)
    tell(database, event(EventKind.SOFT_BOUNCED, rows[0], READ))
    tell(database, event(EventKind.SOFT_BOUNCED, rows[0], READ + DAY))
    tell(database, event(EventKind.SOFT_BOUNCED, rows[1], READ + DAY))
    assert suppressed(database) == {}, "the same message told twice is one message"
    tell(database, event(EventKind.SOFT_BOUNCED, rows[2], READ + 2 * DAY))
    assert suppressed(database) == {ADDRESS: "bounced"}


def test_a_stop_by_sms_suppresses_the_number_whoever_has_it(database: Database) -> None:
    shop.fill(database, 2)
    with database.write() as connection:
        connection.execute(shop.customer.update().values(phone_address="+447700900123"))
    stop = Event("SM9", EventKind.STOPPED, READ, channel=Channel.SMS, address="+447700900123")
    assert tell(database, stop).new == 2
    assert suppressed(database) == {("sms", "+447700900123"): "opted_out"}


def test_a_stop_of_a_stranger_is_heeded_too(database: Database) -> None:
    stop = Event("SM9", EventKind.STOPPED, READ, channel=Channel.SMS, address="+447700900999")
    assert tell(database, stop).orphans == 1
    assert suppressed(database) == {("sms", "+447700900999"): "opted_out"}


def test_the_strongest_reason_and_the_first_date_stay(database: Database) -> None:
    reasons = [
        Reason(*ADDRESS, "bounced", READ, "smtp"),
        Reason(*ADDRESS, "complained", READ + DAY, "sendgrid"),
        Reason(*ADDRESS, "opted_out", READ + 2 * DAY, "page"),
    ]
    for one in reasons:
        with database.write() as connection:
            suppress(connection, [one])
    assert suppressed(database) == {ADDRESS: "complained"}


@pytest.mark.parametrize("topic", ["", "offers"])
def test_an_unsubscribe_ends_the_consent_of_everybody_at_the_address(database: Database, topic: str) -> None:
    row, *_ = send(database, 3)
    with database.write() as connection:
        same = shop.customer.update().where(shop.customer.c.customer_id == "c2")
        connection.execute(same.values(email_address="c0@example.com"))
    tell(database, event(EventKind.UNSUBSCRIBED, row, topic=topic, provider="one-click"))
    assert consents(database) == [
        ("c0", "email", topic, "unsubscribed", READ, "one-click"),
        ("c2", "email", topic, "unsubscribed", READ, "one-click"),
    ]
    assert suppressed(database) == {}


def complain(database: Database, count: int, bad: int, kind: EventKind, **more: Any) -> Any:
    rows = send(database, count, **more)
    told: dict[str, Any] = {"code": "30007"} if kind is EventKind.REJECTED else {}
    return tell(database, *(event(kind, row, **told) for row in rows[:bad]))


@pytest.mark.parametrize(
    ("sent", "told", "warned", "paused"),
    [(1001, 1, False, False), (1000, 1, True, False), (334, 1, True, False), (333, 1, True, True),
     (100, 1, True, True), (99, 1, True, False), (50, 2, True, True)],
)  # fmt: skip
def test_complaints_warn_and_then_pause(
    database: Database, sent: int, told: int, warned: bool, paused: bool
) -> None:
    found = complain(database, sent, told, EventKind.COMPLAINED)
    reason = "complaints reached 0.3% of its messages"
    assert pauses(database) == ({"campaign:hello": reason} if paused else {})
    assert found.paused == (("hello",) if paused else ())
    assert bool(found.warnings) == (warned and not paused)


def test_a_warning_is_a_sentence(database: Database) -> None:
    found = complain(database, 99, 1, EventKind.COMPLAINED)
    (told,) = found.warnings
    assert told.startswith("hello: 1 of 99 messages were complained about in 30 days; ")


def test_campaigns_that_come_near_are_told_by_status(database: Database) -> None:
    complain(database, 50, 1, EventKind.COMPLAINED)
    with database.read() as connection:
        assert complaints(connection, READ) == [("hello", 1, 50)]
        assert complaints(connection, READ + 31 * DAY) == []


def test_complaints_of_long_ago_do_not_count(database: Database) -> None:
    rows = send(database, 100)
    late = READ + timedelta(days=31)
    assert tell(database, event(EventKind.COMPLAINED, rows[0], READ), now=late).paused == ()


@pytest.mark.parametrize(("filtered", "paused"), [(4, False), (5, True)])
def test_a_campaign_that_carriers_filter_is_paused(database: Database, filtered: int, paused: bool) -> None:
    found = complain(database, 200, filtered, EventKind.REJECTED, channel="sms")
    assert found.paused == (("hello",) if paused else ())


def test_only_the_last_two_hundred_count(database: Database) -> None:
    rows = send(database, 5, channel="sms")
    later: datetime = NOW + DAY
    shop.fill(database, 200, start=5, channel="sms")
    hand_over(database, at=later)
    found = tell(database, *(event(EventKind.REJECTED, row, code="30007") for row in rows))
    assert found.paused == ()
