"""Several workers with news of the same messages, while others send: nothing is lost, nobody waits long."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from engine.errors import TryAgain
from engine.outbox.claim import claim
from engine.outbox.intent import intend, stand_still
from engine.store.database import Database, table
from engine.store.replies import ProviderEvent
from engine.vocabulary import OUTCOMES, Event, EventKind
from tests.events.mail import DAY, READ, event, outcomes, send, suppressed, tell
from tests.outbox import shop
from tests.outbox.shop import NOW


def test_the_highest_outcome_stays_whoever_brings_it(database: Database) -> None:
    rows = send(database, 3)
    news = [event(kind, row, READ + number * DAY) for row in rows for number, kind in enumerate(OUTCOMES)]
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda one: tell(database, one), [*news, *reversed(news)]))
    assert outcomes(database) == ["unsubscribed"] * 3
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(table(ProviderEvent))) == len(news)


def test_news_of_what_is_being_sent_waits_for_nobody_for_ever(database: Database) -> None:
    rows = send(database, 20)
    with database.write() as connection:
        shop.promise(connection, slot="next")

    def bring(number: int) -> None:
        tell(database, event(EventKind.COMPLAINED, rows[number]))

    def go_on(number: int) -> None:
        try:
            with database.write() as connection:
                claimed = claim(connection, f"w{number}", NOW + timedelta(seconds=1), 2)
                stand_still(connection, claimed)
                intend(connection, claimed, f"w{number}", NOW)
        except TryAgain:  # the dispatcher tries again: an importer goes first, and so does an opt-out
            pass

    with ThreadPoolExecutor(4) as workers:
        brought = [workers.submit(bring if number % 2 else go_on, number) for number in range(20)]
        for one in brought:
            one.result()
    assert len(suppressed(database)) == 10


def test_the_same_event_from_two_workers_is_one(database: Database) -> None:
    (row,) = send(database, 1)
    told: list[Event] = [event(EventKind.UNSUBSCRIBED, row)] * 8
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda one: tell(database, one), told))
    assert sorted(one.new for one in found) == [0] * 7 + [1]
