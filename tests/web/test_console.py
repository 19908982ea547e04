"""What an operator sees and does at the console, on each database."""

import logging
import re

import pytest
from sqlalchemy import update

from engine.outbox import pauses
from engine.store.database import table
from engine.store.people import Customer, Suppression
from tests.outbox.shop import NOW
from tests.web.console import Operator
from tests.web.door import Door


def states(door: Door) -> dict[str, int]:
    return dict(door.shop.states())


def test_the_campaigns_stand_with_their_next_and_last_runs(door: Door, operator: Operator) -> None:
    assert "hello Live Everybody, often." in operator.text
    assert "Last run has not run yet" in operator.text
    assert "No daemon is running" in operator.text
    door.app.plan_due(["hello"])
    operator.get()
    assert "Planned for 3 people, of 3 who matched: 3 waiting." in operator.text
    door.app.dispatch()
    operator.get("campaign/hello")
    assert "3 sent." in operator.text
    assert "Everybody of whom all of this is true: everyone" in operator.text
    assert operator.get("campaign/nobody").status_code == 404


def test_everything_is_stopped_and_goes_on(
    door: Door, operator: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    door.app.plan_due(["hello"])
    door.app.pause("sms", "no contract yet")
    operator.get("stop")
    with caplog.at_level(logging.INFO, "rekindle.console"):
        operator.post("stop", reason="the price is\nwrong")
    assert "Everything is stopped Nothing is sent, since" in operator.text
    assert "the price is wrong (Sara) Go on" in operator.text
    told = next(one for one in caplog.records if one.getMessage() == "an operator: paused")
    assert vars(told)["scope"], vars(told)["who"] == ("all", "Sara")
    assert vars(told)["reason"] == "the price is wrong"
    door.app.dispatch()
    assert states(door) == {"planned": 3}
    assert door("GET", "/readyz").status_code == 200
    operator.get("go-on")
    operator.post("go-on")
    assert "Everything goes on." in operator.text
    door.app.dispatch()
    assert states(door) == {"accepted": 3}
    assert [one["scope"] for one in door.app.status()["paused"]] == ["channel:sms"]


def test_a_campaign_and_a_channel_are_paused_and_resumed(door: Door, operator: Operator) -> None:
    operator.get("campaign/hello")
    operator.post("pause", scope="hello", reason="holiday")
    assert "hello Paused" in operator.text
    assert "holiday (Sara)" in operator.text
    operator.post("resume", scope="hello")
    assert "hello Live" in operator.text
    operator.post("pause", scope="email")
    assert "Email file Paused" in operator.text
    operator.post("resume", scope="email")
    assert door.app.status()["paused"] == []
    assert operator.post("pause", scope="no-such").status_code == 422
    assert "no-such" in operator.text
    with door.app.database.write() as connection:
        pauses.put(connection, "channel:email", "key: the key is wrong", NOW)
    operator.get()
    assert "The engine stopped it: key: the key is wrong" in operator.text


def test_a_held_run_is_approved_by_somebody_who_sees_how_many(door: Door, operator: Operator) -> None:
    door.shop.campaign(more="limits: {max_audience: 1}\n")
    door.app.reload()
    door.app.plan_due(["hello"])
    operator.get()
    assert "hello Held" in operator.text
    assert "It would write to 3 people." in operator.text
    path = re.search(r'href="[./]*(approve/\w+)"', operator.page)
    assert path
    assert operator.get(path[1]).status_code == 200
    assert "Yes, write to 3 people" in operator.text
    assert states(door) == {}
    run = path[1].partition("/")[2]
    operator.post("approve", run=run)
    assert "Approved. It goes with the next cycle." in operator.text
    door.app.plan_due(["hello"])
    door.app.dispatch()
    assert states(door) == {"accepted": 3}
    operator.get("stop")
    assert operator.post("approve", run=run).status_code == 422
    assert "no held run is called" in operator.text
    assert operator.get(f"approve/{run}").status_code == 404


def test_a_customer_is_found_by_id_address_or_number(door: Door, operator: Operator) -> None:
    people = table(Customer)
    with door.app.database.write() as connection:
        told = {"phone": "+447400123456", "phone_address": "+447400123456", "last_name": "<b>One"}
        connection.execute(update(people).where(people.c.customer_id == "c1").values(**told))
    door.app.plan_due(["hello"])
    door.app.dispatch()
    for asked in ("c1", " C1@People.test ", "+44 7400 123456", "+۴۴۷۴۰۰۱۲۳۴۵۶"):
        operator.get("customers")
        operator.post("customers", text=asked)
        assert "Number 1 <b>One c1" in operator.text, asked
    assert "c…@people.test, never asked" in operator.text
    assert "…3456" in operator.text
    assert "hello, Email c…@people.test sent" in operator.text
    assert "received hello by email" in operator.text
    assert "c1@people.test" not in operator.page
    operator.get("customers")
    operator.post("customers", text="c01")
    assert "Nobody has that id or address. Did you mean:" in operator.text
    assert 'href="./customer?id=c' in operator.page
    assert operator.get("customer?id=c2").status_code == 200
    assert operator.get("customer?id=nobody").status_code == 404


def test_why_somebody_got_nothing_is_said_in_words(door: Door, operator: Operator) -> None:
    door.app.plan_due(["hello"])
    with door.app.database.write() as connection:
        row = {"channel": "email", "address": "c2@people.test", "reason": "opted_out", "at": NOW}
        connection.execute(table(Suppression).insert().values(row))
    door.app.dispatch()
    operator.get("customer?id=c2")
    assert "not sent: they answered STOP" in operator.text
    assert "not to be used: they answered STOP" in operator.text
