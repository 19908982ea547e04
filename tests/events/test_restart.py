"""START after STOP: the last word holds, in any order, and brings back no more than there was."""

import itertools
from datetime import datetime

import pytest

from engine.store.database import Database
from engine.store.suppressions import Reason, suppress
from engine.vocabulary import Channel, Event, EventKind
from tests.events.mail import DAY, READ, everything, send, suppressed, tell
from tests.events.test_effects import consents
from tests.outbox import shop

NUMBER = "+447700900123"
STOPPED = {("sms", NUMBER): "opted_out"}


def said(kind: EventKind, at: datetime, number: str = NUMBER, provider: str = "twilio") -> Event:
    name = f"{kind}|{at.isoformat()}|{number}"
    return Event(name, kind, at, channel=Channel.SMS, address=number, provider=provider)


def stop(days: int, number: str = NUMBER) -> Event:
    return said(EventKind.STOPPED, READ + days * DAY, number)


def start(days: int, number: str = NUMBER) -> Event:
    return said(EventKind.RESTARTED, READ + days * DAY, number)


def someone(database: Database) -> None:
    """Two customers with one number."""
    shop.fill(database, 2)
    with database.write() as connection:
        connection.execute(shop.customer.update().values(phone_address=NUMBER))


@pytest.mark.parametrize("known", [True, False])
def test_a_start_takes_a_stop_back_and_gives_no_consent(database: Database, known: bool) -> None:
    if known:
        someone(database)
    tell(database, stop(0))
    assert suppressed(database) == STOPPED
    assert tell(database, start(1)).lifted == 1
    assert suppressed(database) == {}
    assert consents(database) == []
    assert tell(database, start(2)).lifted == 0, "nothing was stopped any more"
    tell(database, stop(3))
    assert suppressed(database) == STOPPED


@pytest.mark.parametrize(
    ("reason", "source"),
    [("complained", "twilio"), ("opted_out", "import"), ("manual", "import"), ("court order", "import")],
)
def test_what_no_stop_brought_about_stays(database: Database, reason: str, source: str) -> None:
    someone(database)
    with database.write() as connection:
        suppress(connection, [Reason("sms", NUMBER, reason, READ, source)])
    tell(database, stop(1))
    assert tell(database, start(2)).lifted == 0
    assert suppressed(database) == {("sms", NUMBER): reason}


def test_a_stop_that_was_met_at_hand_over_is_taken_back_too_unless_it_came_later(database: Database) -> None:
    someone(database)
    for days, left in ((0, {}), (9, STOPPED)):
        with database.write() as connection:
            suppress(connection, [Reason("sms", NUMBER, "opted_out", READ + days * DAY, "provider")])
        tell(database, start(1 + days // 9))
        assert suppressed(database) == left


def test_it_is_about_that_number_alone(database: Database) -> None:
    tell(database, stop(0), stop(0, "+15005550009"))
    tell(database, start(1))
    assert suppressed(database) == {("sms", "+15005550009"): "opted_out"}


def test_the_last_word_holds_in_any_order_and_however_often_told(database: Database) -> None:
    someone(database)
    for last, left in ((stop(3), STOPPED), (start(3), {}), (start(2), STOPPED)):
        words, states = [stop(0), start(1), stop(2), last], []
        for order in list(itertools.permutations(words))[::3]:
            for name in ("provider_event", "orphan_event", "suppression"):
                with database.write() as connection:
                    connection.exec_driver_sql(f"DELETE FROM {name}")
            for one in (*order, *order[::-1]):
                tell(database, one, now=READ + 9 * DAY)
            states.append(everything(database))
        assert all(one == states[0] for one in states)
        assert suppressed(database) == left, "of a STOP and a START at one instant the STOP wins"


def test_help_changes_nothing(database: Database) -> None:
    send(database, 1)
    before = {name: rows for name, rows in everything(database).items() if name != "orphan_event"}
    assert tell(database, said(EventKind.ASKED, READ)).orphans == 1
    assert before == {name: rows for name, rows in everything(database).items() if name != "orphan_event"}
