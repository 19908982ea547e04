"""One POST, and the next mail does not go: it is written down before it is answered."""

import time

from engine.outbox.claim import claim
from tests.outbox.shop import rows
from tests.web.door import Door


def test_one_post_stops_the_next_mail_within_a_second(door: Door) -> None:
    door.shop.campaign()
    door.app.reload()
    door.app.plan_due(["hello"])
    waits: list[float] = []
    with door.app.database.write() as connection:
        taken = claim(connection, "another worker", door.app.moment().as_of, 9)
    for row in taken:
        begun = time.monotonic()
        token = door.app.visits.links.token(row.delivery_id)
        assert door("POST", f"/u/{token}", data="List-Unsubscribe=One-Click").status_code == 200
        with door.app.database.write() as connection:
            decided = door.app._recheck()(connection, [row.key], door.app.moment().as_of)
        waits.append(time.monotonic() - begun)
        assert (decided[row.key].allow, decided[row.key].reason) == (False, "no_consent")
    assert min(waits) < 1, "the machine may be busy, but not each time"
    assert len(rows(door.app.database)) == len(waits) == 3
