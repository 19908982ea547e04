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

from engine import clock
from engine.app import App
from engine.cycle.preview import Wish
from engine.errors import YoursToFix
from engine.store.people import Customer
from engine.vocabulary import Gate
from tests.cycle import shop_of_edges
from tests.cycle.shop_of_edges import CUSTOMERS, DAY, NOW, RULES
from tests.rules.stores import store

TICK = timedelta(milliseconds=1)
#: Now, in the night of some, and past moments: the ledger is cut there.
MOMENTS = [None, NOW - timedelta(hours=9), NOW - 3 * DAY, NOW - 20 * DAY]
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


def verdicts(shown: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """What a preview says of each customer that matched: the answer and the reason."""
    found: dict[str, tuple[str, str | None]] = {}
    for gate, people in shown["names"].items():
        if gate == "will_send":
            told: tuple[str, str | None] = ("send", None)
        else:
            told = ("defer" if gate == "quiet_hours" else "skip", gate)
        found |= {one["customer_id"]: told for one in people}
    return found


def previewed(shop: App, names: list[str], at: datetime | None) -> dict[str, dict[str, Any]]:
    key = (id(shop), tuple(names), at)
    if key not in _KEPT:
        shown = shop.preview(names, at, Wish(everything=True, limit=0))["campaigns"]
        _KEPT[key] = {one["campaign"]: verdicts(one) for one in shown}
    return _KEPT[key]


_KEPT: dict[Any, dict[str, dict[str, Any]]] = {}


@law(6)
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
@given(st.sampled_from(CUSTOMERS), st.sampled_from(MOMENTS[:2]))
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
    found = {
        _detail(shop, campaign, customer, gate)
        for campaign in RULES
        for people in previewed(shop, [campaign], None).values()
        for customer in [one for one, (_, reason) in people.items() if reason == gate][:2]
    }
    assert any(re.search(told, detail) for detail in found), found


def _detail(shop: App, campaign: str, customer: str, gate: Gate) -> str:
    gates = shop.explain(campaign, customer)["gates"]
    return next(str(one["detail"]) for one in gates if one["gate"] == gate)


def test_what_is_said_of_later_comes_true(shop: App) -> None:
    """Nothing happens after now in this shop: there it is yes, and a moment before it is not."""
    pairs = [(campaign, customer) for campaign in RULES for customer in CUSTOMERS]
    random.Random(4).shuffle(pairs)
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
