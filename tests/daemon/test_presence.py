"""A daemon's card: who works on this store, proven by a lock."""

from datetime import timedelta

import pytest

from engine import clock
from engine.cycle import presence
from engine.daemon.card import Desk
from engine.outbox import owner as owners
from engine.store.database import Database
from tests.daemon.shop import NOON, Shop

NOW = clock.parse_instant(NOON)


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def states(shop: Shop, later: timedelta = timedelta(0)) -> list[str]:
    return [one["state"] for one in presence.daemons(shop.database, shop.root, NOW + later)]


def test_a_card_is_shown_renewed_and_taken_away(shop: Shop) -> None:
    app, desk = shop.app(), Desk()
    desk.show(app, {"hello": "1"}, [])
    (card,) = presence.daemons(shop.database, shop.root, NOW)
    assert (card["campaigns"], card["broken"], card["seen_at"]) == ({"hello": "1"}, [], NOON)
    desk.show(app, {"hello": "2"}, ["rules/a.yaml: no"])
    (card,) = presence.daemons(shop.database, shop.root, NOW)
    assert (card["campaigns"], card["broken"]) == ({"hello": "2"}, ["rules/a.yaml: no"])
    assert states(shop) == ["running"]
    assert states(shop, timedelta(hours=1)) == ["silent"]
    desk.leave(app)
    assert states(shop) == []


def test_a_daemon_that_died_is_gone_and_the_next_one_takes_its_card_away(shop: Shop) -> None:
    app, desk = shop.app(), Desk()
    desk.show(app, {}, [])
    assert desk._owner is not None
    desk._owner.close(clean=False)  # as the kernel and PostgreSQL do for a process that is gone
    assert states(shop) == ["gone"]
    presence.tidy(shop.database, owners.folder(shop.root, app.database), NOW)
    assert states(shop) == []


def test_an_unchanged_card_is_not_written_again(small_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    app, desk = small_shop.app(), Desk()
    desk.show(app, {"hello": "1"}, [])

    def refuse(database: Database) -> None:
        raise AssertionError("the store was written to")

    monkeypatch.setattr(Database, "write", refuse)
    desk.show(app, {"hello": "1"}, [])
    desk._written -= 60
    with pytest.raises(AssertionError):
        desk.show(app, {"hello": "1"}, [])


def test_a_card_of_another_version_of_the_program_is_passed_over(small_shop: Shop) -> None:
    app, desk = small_shop.app(), Desk()
    desk.show(app, {}, [])
    card = desk._card
    assert card is not None
    with small_shop.database.write() as connection:
        connection.execute(presence.fact.insert().values(name="daemon:other:1", value='{"shape": "new"}'))
        connection.execute(presence.fact.insert().values(name="daemon:other:2", value="not JSON"))
    assert states(small_shop) == ["running"]
    desk.leave(app)
