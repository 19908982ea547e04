"""Explain is preview for one customer; what it says of later, the plan says then."""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine import clock
from engine.app import App
from engine.cycle import preview
from engine.cycle.plan import verdict_table
from engine.errors import YoursToFix
from engine.policy.gates import DECISION
from engine.policy.quiet import QUIET
from engine.store.people import Customer
from engine.vocabulary import Gate
from tests.cycle import shop_of_edges
from tests.cycle.shop_of_edges import CUSTOMERS, DAY, NOW, RULES
from tests.rules.stores import store

TICK = timedelta(milliseconds=1)
#: Now, in the night of some, and past moments: the ledger is cut there.
MOMENTS = [None, NOW - timedelta(hours=9), NOW - 20 * DAY]
#: More of everything, for a long look: REKINDLE_LAW=20 pytest tests/cycle/test_explain.py
TIMES = int(os.environ.get("REKINDLE_LAW", "1"))


def law(examples: int) -> settings:
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder: Path = tmp_path_factory.mktemp("explain")
    with pytest.MonkeyPatch.context() as patched, store(request.param, folder, request) as database:
        patched.setenv("REKINDLE_NOW", clock.iso(NOW))
        patched.setattr(clock, "now", lambda: NOW)
        app = shop_of_edges.make(folder, database.url.render_as_string(hide_password=False))
        yield app
        app.close()


def previewed(shop: App, names: list[str], at: datetime | None) -> dict[str, dict[str, Any]]:
    """What the plan of a preview says of each customer that matched: the answer and the reason."""
    key = (id(shop), tuple(names), at)
    if key not in _KEPT:
        campaigns, moment = shop.campaigns(names), shop.moment(at)
        tables = (verdict_table(len(campaigns)), DECISION, QUIET)
        with shop._renderer() as renderer, shop.database.read(*tables) as connection:
            preview.plans(connection, shop._kit(renderer), campaigns, moment, everything=True)
            found: dict[str, dict[str, Any]] = {one.name: {} for one in campaigns}
            for row in connection.execute(select(DECISION).order_by(DECISION.c.reason.is_(None))):
                answer = "skip" if row.reason else "defer" if row.until else "send"
                reason = row.reason or (Gate.QUIET_HOURS.value if row.until else None)
                found[row.campaign][row.customer_id] = (answer, reason)
        _KEPT[key] = found
    return _KEPT[key]


_KEPT: dict[Any, dict[str, dict[str, Any]]] = {}


@law(4)
@given(st.sampled_from(list(RULES)), st.sampled_from(CUSTOMERS), st.sampled_from(MOMENTS))
def test_explain_is_preview(shop: App, campaign: str, customer: str, at: datetime | None) -> None:
    expected = previewed(shop, [campaign], at)[campaign].get(customer, ("skip", "rule"))
    found = shop.explain(campaign, customer, at)
    assert (found["answer"], found["reason"]) == expected
    assert found["matches"] == (expected[1] != "rule")
    assert found["matches"] == all(one["holds"] for one in found["clauses"] if not one["depth"])
    assert (found["until"] is not None) == (found["answer"] == "defer")
    refusals = [one["gate"] for one in found["gates"] if one["decision"] == "skip"]
    if found["matches"]:
        assert refusals[:1] == ([found["reason"]] if found["answer"] == "skip" else [])


@law(2)
@given(st.sampled_from(CUSTOMERS), st.sampled_from(MOMENTS[:1]))
def test_every_campaign_in_a_line_is_the_preview_of_all(
    shop: App, customer: str, at: datetime | None
) -> None:
    expected = previewed(shop, [], at)
    for line in shop.explain_all(customer, at)["campaigns"]:
        told = expected[line["campaign"]].get(customer, ("skip", "rule"))
        assert (line["answer"], line["reason"]) == told, line


def test_the_shop_has_every_answer(shop: App) -> None:
    """What the laws are tried on: every gate refuses somebody, and some are written to."""
    told = {reason for one in previewed(shop, [], None).values() for _, reason in one.values()}
    assert told == {None, *Gate}


@pytest.mark.parametrize(
    ("gate", "told"),
    {
        Gate.ALREADY_ENROLLED: r"entered on 2026-\d\d-\d\d|left alone to compare since 2026-",
        Gate.NO_ADDRESS: r"no phone number on record",
        Gate.NO_CONSENT: r"unsubscribed on 2026-\d\d-\d\d.* \(form\)",
        Gate.SUPPRESSED: r"a\d@example.com must not be used since 2026-.* \(manual, from test\)",
        Gate.DUPLICATE_ADDRESS: r"^c\d\d.* has the same address and comes first",
        Gate.FREQUENCY_CAP: r"[12] of \d in \d days? \(\w+ by email on 2026-",
        Gate.HOLDOUT: r"^among the .*15% of everything who are left alone to compare",
        Gate.QUIET_HOURS: r"^21:30 there \(Europe/London\), quiet from 21.*: waits until 2026-07-02 08:00",
    }.items(),
)
def test_a_gate_shows_the_row_that_decides(shop: App, gate: Gate, told: str) -> None:
    refused = [
        (campaign, customer)
        for campaign in ("text", "news")
        for customer, (_, reason) in previewed(shop, [campaign], None)[campaign].items()
        if reason == gate
    ]
    assert any(re.search(told, _detail(shop, *pair, gate)) for pair in refused), refused


def _detail(shop: App, campaign: str, customer: str, gate: Gate) -> str:
    gates = shop.explain(campaign, customer)["gates"]
    return next(str(one["detail"]) for one in gates if one["gate"] == gate)


def test_what_is_said_of_later_comes_true(shop: App) -> None:
    """Nothing happens after now in this shop: there it is yes, and a moment before it is not."""
    people = random.Random(8).sample(CUSTOMERS, len(CUSTOMERS))
    pairs = [(campaign, customer) for customer in people for campaign in RULES if campaign != "hello"]
    told: Counter[bool] = Counter()
    for campaign, customer in pairs:
        if told[True] == 2 * TIMES:
            break
        found = shop.explain(campaign, customer)
        if found["answer"] == "skip":
            told[found["eligible_from"] is not None] += 1
            _comes_true(shop, campaign, customer, found["eligible_from"])
    assert told[True]
    assert told[False]


def _comes_true(shop: App, campaign: str, customer: str, told: str | None) -> None:
    if told is not None:
        at = clock.parse_instant(told)
        assert at > NOW
        assert shop.explain(campaign, customer, at)["answer"] != "skip", (campaign, customer, told)
        assert shop.explain(campaign, customer, at - TICK)["answer"] == "skip", (campaign, customer, told)


def test_an_unknown_customer_is_told_with_the_nearest(shop: App) -> None:
    with shop.database.write() as connection:
        names = ("۱۲۳", "0042", "علی")
        for number, name in enumerate(names):
            row = {"customer_id": name, "bucket": number, "email_address": f"ask{number}@example.com"}
            connection.execute(Customer.__table__.insert().values(row))  # type: ignore[attr-defined]
    for wrong, told in {
        "C01": "did you mean 'c01'",
        "123": "did you mean '۱۲۳' or",
        "42": "did you mean '0042' or",
        "علي": "did you mean 'علی'",
        "ask1@Example.com": "that is the address of '0042'",
        "nobody at all": "there is no customer 'nobody at all'",
        "x\udcff": "there is no customer 'x?'",
    }.items():
        with pytest.raises(YoursToFix) as fault:
            shop.explain("silent", wrong)
        assert told in str(fault.value), wrong
    for name in names:
        assert shop.explain("silent", name)["customer_id"] == name
