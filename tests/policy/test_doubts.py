"""A message in doubt that waits to be sent again may have been read already: it counts under the cap."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine.durations import Calendar
from engine.outbox.claim import claim
from engine.outbox.doubts import repeat_or_give_up
from engine.outbox.intent import intend
from engine.outbox.settle import Answer, settle
from engine.policy.entry import Moment
from engine.policy.recheck import recheck
from engine.settings import Policy
from engine.store.database import Database
from engine.vocabulary import Receipt, Verdict
from tests.outbox import shop
from tests.outbox.shop import NOW


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = Database(store_url)
    yield opened
    opened.close()


def test_a_doubt_that_is_sent_again_leaves_no_room(database: Database) -> None:
    shop.fill(database, 1, promise="at_least_once")
    later = NOW + timedelta(hours=1)
    with database.write() as connection:
        rows = intend(connection, claim(connection, "me", NOW, 1), "me", NOW)
        settle(connection, [Answer(rows[0], Receipt(Verdict.UNKNOWN))], "me", NOW)
        shop.promise(connection, campaign="second")
        assert repeat_or_give_up(connection, later, later, 9) == (1, 0)
    policy = Policy.model_validate(
        {"caps": [{"max": 1, "per": "7 days"}], "quiet_hours": "none", "consent": "assumed"}
    )
    keys = {row.campaign: (row.customer_id, row.dedupe_key) for row in shop.rows(database)}
    with database.read() as connection:
        found = recheck(connection, list(keys.values()), Moment(later, policy, Calendar()))
    assert found[keys["hello"]].allow  # its own place is its own
    assert (found[keys["second"]].allow, found[keys["second"]].reason) == (False, "frequency_cap")
